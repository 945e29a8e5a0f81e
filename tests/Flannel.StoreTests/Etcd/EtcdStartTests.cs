using Flannel.Config;
using Flannel.Leases;
using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests.Etcd;

/// <summary>What a start asks of etcd, and what it misses by not asking again: nothing.</summary>
public sealed class EtcdStartTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    private static readonly NetworkConfig Network = NetworkConfig.Parse("""{"Network":"10.3.0.0/16"}""");

    private readonly string _prefix = etcd.NewPrefix();
    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_leases_are_read_once_and_what_came_meanwhile_is_told_as_changes()
    {
        await using var registry = NewRegistry();
        await registry.CreateAsync("10.3.1.0-24", """{"PublicIP":"1.1.1.1"}""", ttl: null, Token);
        await using var store = NewStore();

        await store.FindOwnAsync(Records.Host("1.2.3.4"), Token);
        await registry.CreateAsync("10.3.2.0-24", """{"PublicIP":"1.1.1.2"}""", ttl: null, Token);
        var own = await store.AcquireAsync(Network, Records.Host("1.2.3.4"), Records.Key("10.3.9.0-24"), Token);
        await using var watch = Recording<LeaseChange>.Of(store.WatchAsync);

        await watch.WaitForAsync(change => change is LeaseChange.Put);
        Assert.Collection(
            watch.Items,
            change => Assert.Equal([Records.Key("10.3.1.0-24"), own.Key], Assert.IsType<LeaseChange.Snapshot>(change).Leases.Select(lease => lease.Key)),
            change => Assert.Equal(Records.Key("10.3.2.0-24"), Assert.IsType<LeaseChange.Put>(change).Lease.Key));
    }

    [Fact]
    public async Task A_subnet_that_was_taken_after_the_leases_were_read_is_not_taken_twice()
    {
        await using var registry = NewRegistry();
        await using var store = NewStore();
        await store.FindOwnAsync(Records.Host("1.2.3.4"), Token);
        await registry.CreateAsync("10.3.9.0-24", """{"PublicIP":"1.1.1.1"}""", ttl: null, Token);
        await registry.CreateAsync("10.3.16.0-20", """{"PublicIP":"1.1.1.2"}""", ttl: null, Token);

        var taken = await store.AcquireAsync(Network, Records.Host("1.2.3.4"), Records.Key("10.3.9.0-24"), Token);
        Assert.NotEqual(Records.Key("10.3.9.0-24"), taken.Key);

        await using var other = NewStore();
        await other.FindOwnAsync(Records.Host("1.2.3.5"), Token);
        await registry.CreateAsync("10.3.32.0-20", """{"PublicIP":"1.1.1.3"}""", ttl: null, Token);
        var overlapped = await other.AcquireAsync(Network, Records.Host("1.2.3.5"), Records.Key("10.3.40.0-24"), Token);
        Assert.False(overlapped.Key.Overlaps(Records.Key("10.3.32.0-20")));
        Assert.Equal(5, (await store.ListAsync(Token)).Count);
    }

    [Fact]
    public async Task Given_up_connections_cost_a_watch_no_change_and_no_snapshot_and_the_log_no_line()
    {
        await using var registry = NewRegistry();
        await using var store = NewStore();
        await using var watch = Recording<LeaseChange>.Of(store.WatchAsync);
        await watch.WaitForAsync(change => change is LeaseChange.Snapshot);

        for (var i = 0; i < 20; i++)
        {
            store.Reconnect();
            await registry.CreateAsync($"10.3.{i}.0-24", """{"PublicIP":"1.1.1.1"}""", ttl: null, Token);
        }

        await watch.WaitForAsync(change => change is LeaseChange.Put { Lease.Key: var key } && key == Records.Key("10.3.19.0-24"));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => Records.Key($"10.3.{i}.0-24")),
            watch.Items.Skip(1).Select(change => Assert.IsType<LeaseChange.Put>(change).Lease.Key));
        Assert.Equal(0, _log.Count("etcd"));
    }

    [Fact]
    public async Task A_call_that_is_under_way_while_connections_are_given_up_is_made_again()
    {
        await using var store = NewStore();
        for (var i = 0; i < 50; i++)
        {
            var reading = store.ReadConfigAsync(Token);
            store.Reconnect();
            Assert.Null(await reading);
        }
    }

    private EtcdRegistry NewRegistry() => new(etcd.Server.NewClient(), _prefix, TimeProvider.System, _log);

    private KeyedLeaseStore NewStore() => new(NewRegistry(), TimeSpan.FromHours(1), TimeProvider.System, _log);
}
