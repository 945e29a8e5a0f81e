namespace Flannel;

/// <summary>Delays between tries: exponential with a cap and full jitter (half of each delay is random), so that many hosts do not return at the same moment.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan cap, TimeProvider time)
{
    private int _tries;

    /// <summary>The delay before the next try; doubles from call to call until <see cref="Reset"/>.</summary>
    public TimeSpan Next()
    {
        var ceiling = Math.Min(cap.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(_tries++, 30)));
#pragma warning disable CA5394 // jitter is no secret
        return TimeSpan.FromMilliseconds(ceiling / 2 + Random.Shared.NextDouble() * ceiling / 2);
#pragma warning restore CA5394
    }

    public void Reset() => _tries = 0;

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Next(), time, cancellationToken);
}
