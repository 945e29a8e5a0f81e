using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// Keeps one lease: a single loop waits for the record to change, for new attributes and for the time to write. A reservation is never renewed and never given a time
/// to live. While the store is away nothing but trying again happens.
/// </summary>
internal sealed partial class LeaseKeeper
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RenewalRetry = TimeSpan.FromMinutes(1);

    private readonly ILeaseRegistry _registry;
    private readonly LeaseKey _key;
    private readonly string _name;
    private readonly TimeSpan _renewMargin;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;

    /// <summary>What we wrote lately, oldest first: it comes back through the watch, sometimes after something newer.</summary>
    private readonly List<LeaseAttributes> _published = [];

    /// <summary>The versions of the records we wrote lately, oldest first.</summary>
    private readonly List<long> _written = [];

    private LeaseAttributes _wanted;

    /// <summary>The record as last seen; null before that, and while it is gone.</summary>
    private RegistryRecord? _record;

    /// <summary>When to write next; null for never.</summary>
    private DateTimeOffset? _due;

    /// <summary>There is something to write that is no mere renewal.</summary>
    private bool _isUrgent;

    /// <summary>The last write failed.</summary>
    private bool _isFailing;

    /// <summary>That it failed was reported, and not as an outage of the store.</summary>
    private bool _isReported;

    /// <summary>The watch has begun.</summary>
    private bool _isFollowing;

    /// <summary>What another host under our public address published, once that was reported.</summary>
    private LeaseAttributes? _twin;

    /// <param name="registry">Where the lease is.</param>
    /// <param name="own">The lease.</param>
    /// <param name="acquired">Its record as we wrote it, if this process did: whatever is there instead was written by another.</param>
    /// <param name="renewMargin">How long before its end it is renewed.</param>
    /// <param name="time">The clock that it runs by.</param>
    /// <param name="logger">Told of whatever happens to it.</param>
    public LeaseKeeper(ILeaseRegistry registry, Lease own, RegistryRecord? acquired, TimeSpan renewMargin, TimeProvider time, ILogger logger)
    {
        (_registry, _key, _name, _renewMargin, _time, _logger) = (registry, own.Key, own.Key.ToString(), renewMargin, time, logger);
        _backoff = new Backoff(FirstWait, LongestWait, time);
        _wanted = own.Attributes;
        _published.Add(own.Attributes);
        _record = acquired;
        if (acquired is not null)
        {
            _written.Add(acquired.Version);
        }

        _due = own.Expires - renewMargin;
    }

    /// <exception cref="LeaseLostException">Another host holds the subnet now.</exception>
    public async Task RunAsync(ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = _registry.WatchAsync(_name, start: null, life.Token).GetAsyncEnumerator(life.Token);
        var change = watch.MoveNextAsync().AsTask();
        try
        {
            var update = updates.WaitToReadAsync(life.Token).AsTask();
            while (true)
            {
                await WaitAsync(change, update, life.Token);
                if (change.IsCompleted)
                {
                    Observe(await change ? watch.Current : throw new UnreachableException("a watch ended before its token"));
                    change = watch.MoveNextAsync().AsTask();
                }

                if (update.IsCompleted)
                {
                    update = await update ? TakeUpdates(updates, life.Token) : new TaskCompletionSource<bool>().Task;
                }

                if (_due <= _time.GetUtcNow())
                {
                    await WriteAsync(life.Token);
                }
            }
        }
        finally
        {
            await life.CancelAsync();
            await ((Task)change).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await watch.DisposeAsync();
        }
    }

    private async Task WaitAsync(Task<bool> change, Task<bool> update, CancellationToken cancellationToken)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = _due is { } due ? due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (_due is null || delay > TimeSpan.Zero)
        {
            await Task.WhenAny(change, update, Task.Delay(delay, _time, wake.Token));
            await wake.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The newest attributes count; those in between were never seen by anybody.</summary>
    private Task<bool> TakeUpdates(ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken)
    {
        while (updates.TryRead(out var attributes))
        {
            if (attributes != _wanted)
            {
                _wanted = attributes;
                WriteNow();
            }
        }

        return updates.WaitToReadAsync(cancellationToken).AsTask();
    }
}
