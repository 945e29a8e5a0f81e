namespace Flannel;

/// <summary>Owns tasks that live together: the first fault cancels the rest, all are awaited.</summary>
public static class Supervisor
{
    /// <summary>Runs all until the token is cancelled or one fails; rethrows the first failure that is not the cancellation.</summary>
    public static async Task RunAsync(CancellationToken cancellationToken, params IReadOnlyList<Func<CancellationToken, Task>> workers)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = workers.Select(worker => StartAsync(worker, life.Token)).ToList();
        Exception? fault = null;
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.IsFaulted && fault is null)
            {
                fault = ended.Exception.InnerException;
                await life.CancelAsync();
            }
        }

        if (fault is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task StartAsync(Func<CancellationToken, Task> worker, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await worker(cancellationToken);
    }
}
