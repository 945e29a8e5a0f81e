using System.Text;
using Flannel.Stores.Etcd;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdClientTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>, IAsyncDisposable
{
    private readonly EtcdClient _client = etcd.Server.NewClient();
    private readonly string _prefix = etcd.NewPrefix();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_put_is_what_etcdctl_reads()
    {
        var revision = await _client.PutAsync($"{_prefix}/config", Bytes("{\"Network\":\"10.1.0.0/16\"}"), 0, Token);

        Assert.Equal("{\"Network\":\"10.1.0.0/16\"}\n", await etcd.Server.CtlAsync("get", "--print-value-only", $"{_prefix}/config"));
        var item = Assert.Single((await _client.GetAsync($"{_prefix}/config", isPrefix: false, Token)).Items);
        Assert.Equal(($"{_prefix}/config", revision, 0L), (item.Key, item.ModRevision, item.LeaseId));
    }

    [Fact]
    public async Task A_missing_key_is_an_empty_range()
    {
        var range = await _client.GetAsync($"{_prefix}/missing", isPrefix: false, Token);

        Assert.Empty(range.Items);
        Assert.True(range.Revision > 0);
    }

    [Fact]
    public async Task A_prefix_has_its_keys_in_order_and_no_neighbours()
    {
        await etcd.Server.CtlAsync("put", $"{_prefix}/subnets/b", "2");
        await etcd.Server.CtlAsync("put", $"{_prefix}/subnets/a", "1");
        await etcd.Server.CtlAsync("put", $"{_prefix}/subnetsX", "not ours");

        var range = await _client.GetAsync($"{_prefix}/subnets/", isPrefix: true, Token);

        Assert.Equal([$"{_prefix}/subnets/a", $"{_prefix}/subnets/b"], range.Items.Select(item => item.Key));
    }

    [Fact]
    public async Task Ten_thousand_keys_are_read_whole()
    {
        var keys = Enumerable.Range(0, 10_000).Select(i => FormattableString.Invariant($"{_prefix}/{i:00000}")).ToList();
        await Parallel.ForEachAsync(keys, Token, async (key, token) => await _client.PutAsync(key, Bytes("value"), 0, token));

        var range = await _client.GetAsync($"{_prefix}/", isPrefix: true, Token);

        Assert.Equal(keys, range.Items.Select(item => item.Key));
    }

    [Fact]
    public async Task A_range_whose_revision_is_compacted_between_its_pages_fails_as_transient()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var client = server.NewClient();
        await Parallel.ForAsync(0, 3000, Token, async (i, token) =>
            await client.PutAsync(FormattableString.Invariant($"/many/{i}"), new byte[] { 1 }, 0, token));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var compactor = CompactOnAndOnAsync(client, enough.Token);

        EtcdException? overtaken = null;
        while (overtaken is null)
        {
            Token.ThrowIfCancellationRequested();
            overtaken = await Record.ExceptionAsync(() => client.GetAsync("/many/", isPrefix: true, Token)) as EtcdException;
        }

        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => compactor);
        Assert.Equal((GrpcStatus.Aborted, true), (overtaken.Status, overtaken.IsTransient));
        Assert.Equal(3000, (await client.GetAsync("/many/", isPrefix: true, Token)).Items.Count);
    }

    [Fact]
    public async Task Values_of_a_megabyte_come_back_unchanged()
    {
        var value = new byte[1024 * 1024];
        new Random(1).NextBytes(value);
        for (var i = 0; i < 4; i++)
        {
            await _client.PutAsync(FormattableString.Invariant($"{_prefix}/{i}"), value, 0, Token);
        }

        var range = await _client.GetAsync($"{_prefix}/", isPrefix: true, Token);

        Assert.Equal(4, range.Items.Count);
        Assert.All(range.Items, item => Assert.True(item.Value.Span.SequenceEqual(value)));
    }

    [Fact]
    public async Task Creating_succeeds_once()
    {
        Assert.NotNull(await _client.CreateAsync($"{_prefix}/key", Bytes("first"), 0, Token));
        Assert.Null(await _client.CreateAsync($"{_prefix}/key", Bytes("second"), 0, Token));
        Assert.Equal("first", await ReadAsync());
    }

    [Fact]
    public async Task Of_many_who_create_one_key_at_once_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _client.CreateAsync($"{_prefix}/key", Bytes("mine"), 0, Token)));

        Assert.Single(results, revision => revision is not null);
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_succeeds_when_it_is_tried_again()
    {
        var grant = await _client.GrantAsync(TimeSpan.FromMinutes(1), Token);
        var revision = await _client.CreateAsync($"{_prefix}/key", Bytes("mine"), grant.Id, Token);

        Assert.Equal(revision, await _client.CreateAsync($"{_prefix}/key", Bytes("mine"), grant.Id, Token));
    }

    [Fact]
    public async Task Replacing_needs_the_revision_of_the_last_change()
    {
        var old = await _client.PutAsync($"{_prefix}/key", Bytes("old"), 0, Token);

        var renewed = await _client.ReplaceAsync($"{_prefix}/key", old, Bytes("new"), 0, Token);

        Assert.True(renewed > old);
        Assert.Null(await _client.ReplaceAsync($"{_prefix}/key", old, Bytes("stale"), 0, Token));
        Assert.Equal("new", await ReadAsync());
    }

    [Fact]
    public async Task Deleting_by_revision_spares_a_changed_key()
    {
        var old = await _client.PutAsync($"{_prefix}/key", Bytes("old"), 0, Token);
        var renewed = await _client.PutAsync($"{_prefix}/key", Bytes("new"), 0, Token);

        Assert.False(await _client.DeleteAsync($"{_prefix}/key", old, Token));
        Assert.True(await _client.DeleteAsync($"{_prefix}/key", renewed, Token));
        Assert.False(await _client.DeleteAsync($"{_prefix}/key", renewed, Token));
    }

    [Fact]
    public async Task A_granted_lease_counts_down_and_ends_its_keys_when_it_is_revoked()
    {
        var grant = await _client.GrantAsync(TimeSpan.FromHours(24), Token);
        await _client.PutAsync($"{_prefix}/key", Bytes("leased"), grant.Id, Token);

        Assert.Equal(TimeSpan.FromHours(24), grant.TimeToLive);
        Assert.InRange((await _client.GetTimeToLiveAsync(grant.Id, Token))!.Value, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24));
        await _client.RevokeAsync(grant.Id, Token);
        Assert.Null(await _client.GetTimeToLiveAsync(grant.Id, Token));
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task A_refusal_has_the_servers_words_and_will_repeat()
    {
        var refusal = await Assert.ThrowsAsync<EtcdException>(() => _client.PutAsync($"{_prefix}/key", Bytes("x"), leaseId: 4711, Token));

        Assert.Equal((GrpcStatus.NotFound, false), (refusal.Status, refusal.IsTransient));
        Assert.Contains("requested lease not found", refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith(etcd.Server.Endpoint.ToString().TrimEnd('/'), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_call_as_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAsync(_prefix, isPrefix: true, cancelled.Token));
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task CompactOnAndOnAsync(EtcdClient client, CancellationToken token)
    {
        while (true)
        {
            await client.CompactAsync(await client.PutAsync("/elsewhere", new byte[] { 1 }, 0, token), token);
        }
    }

    private async Task<string?> ReadAsync() =>
        (await _client.GetAsync($"{_prefix}/key", isPrefix: false, Token)).Items is [var item] ? Encoding.UTF8.GetString(item.Value.Span) : null;
}
