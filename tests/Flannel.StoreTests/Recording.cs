using Flannel.Testing;

namespace Flannel.StoreTests;

/// <summary>Follows a stream beside the test and keeps what came.</summary>
internal sealed class Recording<T> : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _life = new();
    private readonly Lock _gate = new();
    private readonly List<T> _items = [];
    private readonly Task _follower;

    private Recording(Func<CancellationToken, IAsyncEnumerable<T>> open) => _follower = FollowAsync(open(_life.Token));

    /// <summary>What came so far.</summary>
    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_gate)
            {
                return [.. _items];
            }
        }
    }

    public static Recording<T> Of(Func<CancellationToken, IAsyncEnumerable<T>> open) => new(open);

    /// <summary>Waits until so many items are there that satisfy the predicate, and returns the last of them. The end of the stream is a failure.</summary>
    public async Task<T> WaitForAsync(Func<T, bool> predicate, int count = 1)
    {
        var found = await Eventually.BecomesAsync(
            () => _follower.IsFaulted ? throw _follower.Exception.InnerException! : Items.Where(predicate).ToList(), items => items.Count >= count, Deadline);
        return found[count - 1];
    }

    /// <summary>Waits for the stream to fail.</summary>
    public async Task<TException> FailsWithAsync<TException>()
        where TException : Exception => await Xunit.Assert.ThrowsAsync<TException>(() => _follower.WaitAsync(Deadline));

    /// <summary>Waits for the stream to end in good order.</summary>
    public Task EndsAsync() => _follower.WaitAsync(Deadline);

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await _follower.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _life.Dispose();
    }

    private async Task FollowAsync(IAsyncEnumerable<T> stream)
    {
        await Task.Yield();
        await foreach (var item in stream)
        {
            lock (_gate)
            {
                _items.Add(item);
            }
        }
    }
}
