using Flannel.Leases;
using Xunit;

namespace Flannel.StoreTests;

public abstract partial class KeyedLeaseStoreContract
{
    private const string Peer = """{"PublicIP":"1.1.1.1","PublicIPv6":null}""";

    [Fact]
    [Trait("case", "H6")]
    public async Task An_expired_lease_is_removed_and_may_be_created_anew()
    {
        var registry = await OpenRegistryAsync(TimeProvider.System);
        var store = await OpenStoreAsync(TimeProvider.System);
        await using var watch = await WatchAsync(store);
        await registry.CreateAsync("10.3.31.0-24", Peer, TimeSpan.FromSeconds(2), Token);
        Assert.Equal(Records.Key("10.3.31.0-24"), Assert.IsType<LeaseChange.Put>(await NextAsync(watch)).Lease.Key);
        Assert.Equal(new LeaseChange.Removed(Records.Key("10.3.31.0-24")), await NextAsync(watch));
        Assert.Empty(await store.ListAsync(Token));
        Assert.NotNull(await registry.CreateAsync("10.3.31.0-24", Peer, ttl: null, Token));
    }

    [Fact]
    public async Task Bad_records_are_skipped_one_by_one_and_named_once()
    {
        var registry = await OpenRegistryAsync();
        var store = await OpenStoreAsync();
        await registry.CreateAsync("10.3.31.0-24", Peer, ttl: null, Token);
        await registry.CreateAsync("10.3.32.0-24", "garbage", ttl: null, Token);
        await registry.CreateAsync("notes", Peer, ttl: null, Token);
        await using var watch = await WatchAsync(store);
        Assert.Equal(Records.Key("10.3.31.0-24"), Assert.Single(Assert.IsType<LeaseChange.Snapshot>(watch.Current).Leases).Key);
        await registry.CreateAsync("10.3.33.0-24", new string('{', 1000), ttl: null, Token);
        await registry.CreateAsync("10.3.34.0-24", Peer, ttl: null, Token);
        Assert.Equal(Records.Key("10.3.34.0-24"), Assert.IsType<LeaseChange.Put>(await NextAsync(watch)).Lease.Key);
        Assert.Equal(2, (await store.ListAsync(Token)).Count);
        Assert.Equal((1, 1, 1), (Logger.Count("10.3.32.0-24"), Logger.Count("'notes'"), Logger.Count("10.3.33.0-24")));
    }

    [Fact]
    [Trait("case", "H14")]
    public async Task A_watch_ends_when_it_is_cancelled_whether_it_waits_or_was_left_alone()
    {
        var store = await OpenStoreAsync();
        using var life = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var waiting = store.WatchAsync(life.Token).GetAsyncEnumerator(life.Token);
        var abandoned = store.WatchAsync(life.Token).GetAsyncEnumerator(life.Token);
        Assert.True(await waiting.MoveNextAsync() && await abandoned.MoveNextAsync());
        var next = waiting.MoveNextAsync();
        await AcquireAsync(await OpenStoreAsync(), "1.2.3.4");
        Assert.True(await next);
        next = waiting.MoveNextAsync();
        await life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        await waiting.DisposeAsync();
        await abandoned.DisposeAsync();
    }

    /// <summary>A watch that has given its first snapshot.</summary>
    private static async Task<IAsyncEnumerator<LeaseChange>> WatchAsync(KeyedLeaseStore store)
    {
        var watch = store.WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
        return watch;
    }

    private static async Task<LeaseChange> NextAsync(IAsyncEnumerator<LeaseChange> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
        return watch.Current;
    }
}
