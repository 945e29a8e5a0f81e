using System.Threading.Channels;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Stores.Etcd;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdRegistryOutageTests
{
    private const string Prefix = "/coreos.com/network";

    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("case", "H11")]
    public async Task After_compaction_a_watch_of_all_gives_a_snapshot_and_goes_on()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        await registry.CreateAsync("10.1.5.0-24", "{}", ttl: null, Token);
        await using var relay = new Relay(server.Endpoint);
        await using var watched = NewRegistry(relay);
        await using var watch = await WatchAsync(watched, name: null);

        await CompactBehindAsync(relay, server);

        var again = (RegistryChange.Snapshot)await watch.WaitForAsync(change => change is RegistryChange.Snapshot, count: 2);
        Assert.Equal("10.1.5.0-24", Assert.Single(again.Records).Name);
        await registry.CreateAsync("10.1.6.0-24", "{}", ttl: null, Token);
        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Name: "10.1.6.0-24" });
    }

    [Fact]
    [Trait("case", "H12")]
    [Trait("case", "H15")]
    public async Task After_compaction_a_watch_of_one_gives_a_snapshot_and_goes_on()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        await registry.CreateAsync("10.1.5.0-24", "{}", ttl: null, Token);
        await using var relay = new Relay(server.Endpoint);
        await using var watched = NewRegistry(relay);
        await using var watch = await WatchAsync(watched, "10.1.5.0-24");

        await CompactBehindAsync(relay, server);

        var again = (RegistryChange.Snapshot)await watch.WaitForAsync(change => change is RegistryChange.Snapshot, count: 2);
        await registry.ReplaceAsync(Assert.Single(again.Records), "updated", ttl: null, Token);
        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Value: "updated" });
    }

    [Fact]
    [Trait("case", "H13")]
    public async Task A_record_deleted_before_the_compaction_is_missing_in_the_snapshot()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        var own = (await registry.CreateAsync("10.1.5.0-24", "{}", ttl: null, Token))!;
        await using var relay = new Relay(server.Endpoint);
        await using var watched = NewRegistry(relay);
        await using var watch = await WatchAsync(watched, "10.1.5.0-24");

        await CompactBehindAsync(relay, server, () => registry.DeleteAsync(own, Token));

        var again = (RegistryChange.Snapshot)await watch.WaitForAsync(change => change is RegistryChange.Snapshot, count: 2);
        Assert.Empty(again.Records);
    }

    [Fact]
    public async Task What_changed_while_the_way_was_cut_is_told_when_it_is_mended()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        await using var relay = new Relay(server.Endpoint);
        await using var watched = NewRegistry(relay);
        await using var watch = await WatchAsync(watched, name: null);

        relay.Cut();
        var own = (await registry.CreateAsync("10.1.5.0-24", "{}", ttl: null, Token))!;
        await registry.DeleteAsync(own, Token);
        await AwayAsync();
        relay.Mend();

        await watch.WaitForAsync(change => change is RegistryChange.Deleted("10.1.5.0-24"));
        Assert.Equal([typeof(RegistryChange.Snapshot), typeof(RegistryChange.Put), typeof(RegistryChange.Deleted)], watch.Items.Select(change => change.GetType()));
    }

    [Fact]
    public async Task A_killed_and_restarted_server_costs_no_change_and_no_second_snapshot()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        await using var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot);

        await server.RestartAsync();
        await server.CtlAsync("put", $"{Prefix}/subnets/10.1.5.0-24", "{}");

        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Name: "10.1.5.0-24" });
        Assert.Equal(2, watch.Items.Count);
    }

    [Fact]
    public async Task An_outage_is_logged_once_and_so_is_its_end()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        await using var all = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await using var own = Recording<RegistryChange>.Of(token => registry.WatchAsync("10.1.5.0-24", null, token));
        await all.WaitForAsync(change => change is RegistryChange.Snapshot);
        await own.WaitForAsync(change => change is RegistryChange.Snapshot);

        await server.KillAsync();
        await AwayAsync();
        await server.RestartAsync();
        await server.CtlAsync("put", $"{Prefix}/subnets/10.1.5.0-24", "{}");
        await all.WaitForAsync(change => change is RegistryChange.Put);
        await own.WaitForAsync(change => change is RegistryChange.Put);

        Assert.Equal((1, 1), (_log.Count("etcd is away"), _log.Count("etcd is back")));
    }

    [Fact]
    public async Task An_outage_that_watches_and_calls_and_the_keeper_suffer_from_is_logged_once_and_so_is_its_end()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var store = new KeyedLeaseStore(NewRegistry(server), TimeSpan.FromHours(1), TimeProvider.System, _log);
        var network = NetworkConfig.Parse("""{"Network":"10.3.0.0/16"}""");
        var own = await store.AcquireAsync(network, Records.Host("1.2.3.4"), default, Token);
        await using var all = Recording<LeaseChange>.Of(store.WatchAsync);
        await all.WaitForAsync(change => change is LeaseChange.Snapshot);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var updates = Channel.CreateUnbounded<LeaseAttributes>();
        var keeping = store.KeepAsync(own, updates.Reader, life.Token);

        await server.KillAsync();
        await AwayAsync();
        var config = store.GetConfigAsync(Token);
        updates.Writer.TryWrite(Records.Host("1.2.3.5"));
        await server.RestartAsync();
        await server.CtlAsync("put", $"{Prefix}/config", "{}");

        Assert.Equal("{}", await config);
        await all.WaitForAsync(change => change is LeaseChange.Put { Lease.Attributes: var attributes } && attributes == Records.Host("1.2.3.5"));
        await Eventually.IsTrueAsync(() => _log.Count("etcd is back") == 1, TimeSpan.FromSeconds(20));
        Assert.Equal((1, 0, 0), (_log.Count("etcd is away"), _log.Count("the store is away"), _log.Count("Cannot write the lease")));
        await life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task A_watch_begun_while_the_server_is_away_starts_when_it_comes()
    {
        await using var server = await EtcdServer.StartAsync();
        await server.CtlAsync("put", $"{Prefix}/subnets/10.1.5.0-24", "{}");
        await server.KillAsync();
        await using var registry = NewRegistry(server);
        await using var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await AwayAsync();

        await server.LaunchAsync();

        var snapshot = (RegistryChange.Snapshot)await watch.WaitForAsync(_ => true);
        Assert.Single(snapshot.Records);
    }

    [Fact]
    public async Task A_server_set_up_anew_gives_a_snapshot_of_what_it_has_now()
    {
        await using var server = await EtcdServer.StartAsync();
        await using var registry = NewRegistry(server);
        for (var i = 0; i < 5; i++)
        {
            await registry.CreateAsync(FormattableString.Invariant($"10.1.{i}.0-24"), "{}", ttl: null, Token);
        }

        await using var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot { Records.Count: 5 });

        await server.KillAsync();
        await server.LaunchAsync(withoutData: true);

        await watch.WaitForAsync(change => change is RegistryChange.Snapshot { Records.Count: 0 });
    }

    /// <summary>Until the members that are left have chosen a leader, they refuse.</summary>
    private static async Task<bool> TryPutAsync(EtcdServer member, string key)
    {
        try
        {
            await member.CtlAsync("put", key, "{}");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    [Fact]
    public async Task The_watch_moves_to_another_member_when_its_own_dies_and_no_change_is_lost()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var registry = new EtcdRegistry(cluster.NewClient(), Prefix, TimeProvider.System, _log);
        await using var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot);

        await cluster.Members[0].KillAsync();
        await Eventually.IsTrueAsync(() => TryPutAsync(cluster.Members[1], $"{Prefix}/subnets/10.1.5.0-24"), TimeSpan.FromSeconds(60));

        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Name: "10.1.5.0-24" });
        Assert.Single(watch.Items, change => change is RegistryChange.Snapshot);
    }

    [Fact]
    public async Task Losing_and_regaining_the_majority_is_one_outage_without_a_loss()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var registry = new EtcdRegistry(cluster.NewClient(), Prefix, TimeProvider.System, _log);
        await using var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(null, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot);

        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();
        await AwayAsync();
        await cluster.Members[0].LaunchAsync();
        await cluster.Members[0].WaitUntilItServesAsync();
        await cluster.Members[2].CtlAsync("put", $"{Prefix}/subnets/10.1.5.0-24", "{}");

        await watch.WaitForAsync(change => change is RegistryChange.Put { Record.Name: "10.1.5.0-24" });
        Assert.Single(watch.Items, change => change is RegistryChange.Snapshot);
    }

    private EtcdRegistry NewRegistry(EtcdServer server) => new(server.NewClient(), Prefix, TimeProvider.System, _log);

    private EtcdRegistry NewRegistry(Relay relay) =>
        new(new EtcdClient(new EtcdOptions { Endpoints = [relay.Endpoint] }), Prefix, TimeProvider.System, _log);

    private static async Task<Recording<RegistryChange>> WatchAsync(EtcdRegistry registry, string? name)
    {
        var watch = Recording<RegistryChange>.Of(token => registry.WatchAsync(name, null, token));
        await watch.WaitForAsync(change => change is RegistryChange.Snapshot);
        return watch;
    }

    /// <summary>While the watch cannot reach the server, makes history and has the server forget it.</summary>
    private async Task CompactBehindAsync(Relay relay, EtcdServer server, Func<Task>? change = null)
    {
        relay.Cut();
        await AwayAsync();
        await (change?.Invoke() ?? Task.CompletedTask);
        await using var client = server.NewClient();
        var revision = 0L;
        for (var i = 0; i < 5; i++)
        {
            revision = await client.PutAsync("/elsewhere", new byte[] { 1 }, 0, Token);
        }

        await client.CompactAsync(revision, Token);
        relay.Mend();
    }

    private Task AwayAsync() => Eventually.IsTrueAsync(() => _log.Count("etcd is away") == 1, TimeSpan.FromSeconds(60));
}
