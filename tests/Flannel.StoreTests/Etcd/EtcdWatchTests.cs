using System.Diagnostics;
using Flannel.Stores.Etcd;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdWatchTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>, IAsyncDisposable
{
    private readonly EtcdClient _client = etcd.Server.NewClient();
    private readonly string _prefix = etcd.NewPrefix();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Puts_and_deletes_arrive_in_order()
    {
        await using var watch = await WatchAsync();

        await _client.PutAsync($"{_prefix}/a", new byte[] { 1 }, 0, Token);
        await _client.PutAsync($"{_prefix}/a", new byte[] { 2 }, 0, Token);
        await _client.DeleteAsync($"{_prefix}/a", isPrefix: false, Token);

        await watch.WaitForAsync(batch => batch.Events.Any(change => change.IsDelete));
        var events = watch.Items.SelectMany(batch => batch.Events).ToList();
        Assert.Equal([false, false, true], events.Select(change => change.IsDelete));
        Assert.Equal([1, 2], events.SelectMany(change => change.Item.Value.ToArray()));
    }

    [Fact]
    public async Task Changes_made_before_the_watch_are_told_from_the_revision_on()
    {
        var first = await _client.PutAsync($"{_prefix}/a", new byte[] { 1 }, 0, Token);
        await _client.PutAsync($"{_prefix}/b", new byte[] { 2 }, 0, Token);

        await using var watch = Recording<EtcdWatchBatch>.Of(token => _client.WatchAsync($"{_prefix}/", isPrefix: true, first + 1, token));

        var batch = await watch.WaitForAsync(batch => batch.Events.Count > 0);
        Assert.Equal($"{_prefix}/b", Assert.Single(batch.Events).Item.Key);
        Assert.Equal(first + 1, batch.Revision);
    }

    [Fact]
    public async Task Five_hundred_keys_deleted_in_one_transaction_come_in_one_batch()
    {
        await Parallel.ForAsync(0, 500, Token, async (i, token) =>
            await _client.PutAsync(FormattableString.Invariant($"{_prefix}/{i}"), new byte[] { 1 }, 0, token));
        await using var watch = await WatchAsync();

        Assert.Equal(500, await _client.DeleteAsync($"{_prefix}/", isPrefix: true, Token));

        Assert.Equal(500, (await watch.WaitForAsync(batch => batch.Events.Count > 0)).Events.Count);
    }

    [Fact]
    public async Task A_batch_too_large_for_one_message_is_put_together_again()
    {
        // The server cuts what it sends at about two megabytes.
        await Parallel.ForAsync(0, 50, Token, async (i, token) =>
            await _client.PutAsync(FormattableString.Invariant($"{_prefix}/{i:00}"), new byte[100_000], 0, token));
        var start = (await _client.GetAsync(_prefix, isPrefix: false, Token)).Revision;

        await using var watch = Recording<EtcdWatchBatch>.Of(token => _client.WatchAsync($"{_prefix}/", isPrefix: true, start - 49, token));

        Assert.Equal(50, (await watch.WaitForAsync(batch => batch.Events.Count > 0)).Events.Count);
    }

    [Fact]
    public async Task A_lease_that_runs_out_is_a_delete()
    {
        var grant = await _client.GrantAsync(TimeSpan.FromSeconds(2), Token);
        await _client.PutAsync($"{_prefix}/leased", new byte[] { 1 }, grant.Id, Token);
        await using var watch = await WatchAsync();

        var batch = await watch.WaitForAsync(batch => batch.Events.Count > 0);

        Assert.Equal((true, $"{_prefix}/leased"), (batch.Events[0].IsDelete, batch.Events[0].Item.Key));
    }

    [Fact]
    public async Task A_put_is_told_without_delay()
    {
        await using var watch = await WatchAsync();
        var best = TimeSpan.MaxValue;
        for (var i = 1; i <= 50; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await _client.PutAsync($"{_prefix}/a", new byte[] { 1 }, 0, Token);
            var count = i;
            while (watch.Items.Count < count + 1)
            {
                Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            var taken = Stopwatch.GetElapsedTime(started);
            best = taken < best ? taken : best;
        }

        // The best of many, for a busy machine: a batching delay would be in each of them.
        Assert.True(best < TimeSpan.FromMilliseconds(20), $"the fastest took {best.TotalMilliseconds} ms");
    }

    [Fact]
    public async Task Cancelling_ends_the_watch_at_once()
    {
        using var life = new CancellationTokenSource();
        await using var stream = _client.WatchAsync($"{_prefix}/", isPrefix: true, 1, life.Token).GetAsyncEnumerator(life.Token);
        await stream.MoveNextAsync();
        var next = stream.MoveNextAsync().AsTask();

        await life.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(3), Token));
    }

    [Fact]
    public async Task A_compacted_revision_is_told_as_lost_history()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = server.NewClient();
        for (var i = 0; i < 5; i++)
        {
            await client.PutAsync("/a", new byte[] { 1 }, 0, Token);
        }

        await client.CompactAsync((await client.GetAsync("/a", isPrefix: false, Token)).Revision, Token);

        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/", isPrefix: true, 2, token));

        Assert.True((await watch.FailsWithAsync<EtcdException>()).IsHistoryLost);
    }

    [Fact]
    public async Task A_server_behind_our_revision_is_told_as_lost_history()
    {
        await using var watch = Recording<EtcdWatchBatch>.Of(token => _client.WatchAsync($"{_prefix}/", isPrefix: true, 1_000_000, token));

        Assert.True((await watch.FailsWithAsync<EtcdException>()).IsHistoryLost);
    }

    [Fact]
    public async Task A_killed_server_breaks_the_watch_as_transient()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = server.NewClient();
        await using var watch = Recording<EtcdWatchBatch>.Of(token => client.WatchAsync("/", isPrefix: true, 1, token));
        await watch.WaitForAsync(_ => true);

        await server.KillAsync();

        Assert.True((await watch.FailsWithAsync<EtcdException>()).IsTransient);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task<Recording<EtcdWatchBatch>> WatchAsync()
    {
        var revision = (await _client.GetAsync(_prefix, isPrefix: false, Token)).Revision;
        var watch = Recording<EtcdWatchBatch>.Of(token => _client.WatchAsync($"{_prefix}/", isPrefix: true, revision + 1, token));
        await watch.WaitForAsync(batch => batch.Events.Count == 0);
        return watch;
    }
}
