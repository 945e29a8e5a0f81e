using Flannel.Stores;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases.Kube;

/// <summary>Tells of an obstacle while it lasts: once in the log, all the time to whoever asks whether we are ready, and by an event on the node where a person has to act.</summary>
/// <param name="client">Not disposed.</param>
/// <param name="findNode">The name of the node that events are about.</param>
/// <param name="progress">Told what is in the way, and an empty text when nothing is any more.</param>
/// <param name="time">The clock to wait by.</param>
/// <param name="logger">Told each once.</param>
internal sealed partial class Waiting(
    KubeClient client, Func<CancellationToken, Task<string>> findNode, IProgress<string> progress, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan EventPatience = TimeSpan.FromSeconds(5);

    private Obstacle? _told;

    /// <summary>Something is in the way.</summary>
    public async Task TellAsync(Obstacle obstacle, CancellationToken cancellationToken)
    {
        progress.Report(obstacle.Message);
        var isNew = _told?.Reason != obstacle.Reason;
        _told = obstacle;
        if (!isNew)
        {
            return;
        }

        Log.Waits(logger, obstacle.Message);
        if (obstacle.NeedsPerson)
        {
            await PublishAsync(obstacle, cancellationToken);
        }
    }

    /// <summary>Nothing is in the way any more.</summary>
    public void End()
    {
        if (_told is { } obstacle)
        {
            _told = null;
            progress.Report("");
            Log.GoesOn(logger, obstacle.Reason);
        }
    }

    /// <summary>An event is a courtesy: neither its refusal nor an outage matters.</summary>
    private async Task PublishAsync(Obstacle obstacle, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(EventPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var now = time.GetUtcNow();
        try
        {
            var node = await findNode(either.Token);
            await client.CreateEventAsync(new KubeEvent(node, obstacle.Reason, obstacle.Message, now, now) { Action = "Joining" }, either.Token);
        }
        catch (StoreException e)
        {
            Log.EventRefused(logger, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.EventRefused(logger, "the API server does not answer");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Waiting: {Reason}")]
        public static partial void Waits(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "Going on, {Reason} is over")]
        public static partial void GoesOn(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Debug, "No event on our node: {Reason}")]
        public static partial void EventRefused(ILogger logger, string reason);
    }
}
