using System.Net;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>An API server that is away, and what happened meanwhile.</summary>
public sealed class KubeOutageTests
{
    private const string Prefix = "flannel.alpha.coreos.com";
    private const string Account = "flannel";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_happened_while_the_way_was_cut_is_caught_up_with_and_the_outage_told_once()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        relay.Cut();
        await Eventually.IsTrueAsync(() => daemon.Log.Count("the API server is away") == 1, Patience);
        await cluster.DeleteNodeAsync("b");
        await cluster.CreateNodeAsync(NodeObject.Full("c", NodeObject.VxlanAnnotations("192.0.2.9", 3), "10.244.3.0/24"));
        await StripAsync(cluster);
        Assert.Equal(["10.244.1.0-24", "10.244.2.0-24"], daemon.Leases.Keys.Order());
        relay.Mend();

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.Order().SequenceEqual(["10.244.1.0-24", "10.244.3.0-24"]), Patience);
        await AwaitRepairAsync(cluster);
        Assert.Equal((1, 1), (daemon.Log.Count("the API server is away"), daemon.Log.Count("the API server is back")));
    }

    [Fact]
    public async Task After_history_is_lost_the_list_is_read_again_and_what_vanished_is_gone()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        await cluster.CreateNodesAsync(Enumerable.Range(10, 20).Select(
            i => NodeObject.Full($"peer{i}", NodeObject.VxlanAnnotations($"192.0.2.{i}", i), $"10.244.{i}.0/24")));
        await Eventually.IsTrueAsync(() => daemon.Leases.Count == 22, Patience);

        relay.Cut();
        await cluster.DeleteNodeAsync("b");
        await Task.WhenAll(Enumerable.Range(10, 20).Select(i => cluster.DeleteNodeAsync($"peer{i}")));
        await CompactAsync(cluster);
        await cluster.KillAsync();
        await cluster.RestartAsync();
        relay.Mend();

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.SequenceEqual(["10.244.1.0-24"]), Patience);
        Assert.True(daemon.Snapshots > 1);
    }

    [Fact]
    public async Task A_compaction_under_the_watch_loses_nothing()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        await CompactAsync(cluster);
        await cluster.DeleteNodeAsync("b");
        await cluster.CreateNodeAsync(NodeObject.Full("c", NodeObject.VxlanAnnotations("192.0.2.9", 3), "10.244.3.0/24"));

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.Order().SequenceEqual(["10.244.1.0-24", "10.244.3.0-24"]), Patience);
        Assert.Equal((1, 0), (daemon.Snapshots, daemon.Log.Count("the API server is away")));
    }

    [Fact]
    public async Task Another_connection_goes_on_where_the_one_before_was_and_ends_the_pause_of_an_outage()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        for (var i = 10; i < 15; i++)
        {
            daemon.Store.Reconnect();
            await cluster.CreateNodeAsync(NodeObject.Full($"peer{i}", NodeObject.VxlanAnnotations($"192.0.2.{i}", i), $"10.244.{i}.0/24"));
        }

        await Eventually.IsTrueAsync(() => daemon.Leases.Count == 7, Patience);
        Assert.Equal((1, 0), (daemon.Snapshots, daemon.Log.Count("the API server is away")));

        relay.Cut();
        await Eventually.IsTrueAsync(() => daemon.Log.Count("the API server is away") == 1, Patience);
        relay.Mend();
        daemon.Store.Reconnect();
        await Eventually.IsTrueAsync(() => daemon.Log.Count("the API server is back") == 1, Patience);
        Assert.Equal(1, daemon.Snapshots);
    }

    [Fact]
    public async Task A_token_that_ends_is_told_and_one_that_is_put_into_its_file_is_used_at_once()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await FlannelAccount.GrantAsync(cluster, Account);
        var first = await cluster.IssueTokenAsync("kube-system", Account, secret: "first");
        var file = Path.Combine(cluster.WriteAccountFolder("kube-system", first), "token");
        await CreateNodesAsync(cluster);
        await using var daemon = new Daemon(cluster.WriteKubeconfig(new KubeCredentials(TokenFile: file), relay.Endpoint), "a", Prefix);
        await daemon.RunAsync("192.0.2.7");

        await cluster.Api.DeleteAsync("/api/v1/namespaces/kube-system/secrets/first");
        await Eventually.IsTrueAsync(
            async () => (await cluster.Api.TrySendAsync(HttpMethod.Get, "/api/v1/nodes/a", token: first)).Status == HttpStatusCode.Unauthorized, Patience);
        relay.Cut();
        relay.Mend();
        await Eventually.IsTrueAsync(() => daemon.Log.Count("(401 Unauthorized)") > 0, Patience);
        await StripAsync(cluster);
        await File.WriteAllTextAsync(file, await cluster.IssueTokenAsync("kube-system", Account, secret: "second"), TestContext.Current.CancellationToken);

        await AwaitRepairAsync(cluster);
        await Eventually.IsTrueAsync(() => daemon.Log.Count("the API server is back") == 1, Patience);
        Assert.Equal((1, 1), (daemon.Snapshots, daemon.Log.Count("the API server refuses to be watched")));
    }

    [Fact]
    public async Task Rights_that_are_taken_away_are_told_once_and_it_goes_on_when_they_are_given_back()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        await FlannelAccount.RevokeAsync(cluster, Account);
        relay.Cut();
        relay.Mend();
        await Eventually.IsTrueAsync(() => daemon.Log.Count("the API server refuses to be watched") == 1, Patience);
        await StripAsync(cluster);
        await cluster.DeleteNodeAsync("b");
        Assert.Equal(["10.244.1.0-24", "10.244.2.0-24"], daemon.Leases.Keys.Order());
        await FlannelAccount.GrantAsync(cluster, Account);

        await AwaitRepairAsync(cluster);
        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.SequenceEqual(["10.244.1.0-24"]), Patience);
        Assert.Equal((1, 1), (daemon.Log.Count("the API server refuses to be watched"), daemon.Log.Count("the API server is back")));
    }

    [Fact]
    public async Task A_server_that_is_away_at_the_start_is_waited_for()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await cluster.CreateNodeAsync("a", "10.244.1.0/24");
        var kubeconfig = await FlannelAccount.CreateAsync(cluster);
        await cluster.KillAsync();
        await using var daemon = new Daemon(kubeconfig, "a", Prefix);
        var running = daemon.RunAsync("192.0.2.7");
        await Eventually.IsTrueAsync(() => daemon.Log.Count("Waiting: ") == 1 && daemon.Obstacle.Length > 0, Patience);

        await cluster.RestartAsync();

        await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(("10.244.1.0-24", ""), (Assert.Single(daemon.Leases.Keys), daemon.Obstacle));
    }

    private static async Task CompactAsync(KubeCluster cluster)
    {
        var revision = (await cluster.HeartbeatAsync("a")).GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        await cluster.Etcd.CtlAsync("compact", revision);
    }

    private static Task StripAsync(KubeCluster cluster) => cluster.AnnotateAsync("a", new Dictionary<string, string?> { [$"{Prefix}/public-ip"] = null });

    private static Task AwaitRepairAsync(KubeCluster cluster) => Eventually.IsTrueAsync(
        async () => (await cluster.AnnotationsAsync("a")).GetValueOrDefault($"{Prefix}/public-ip") == "192.0.2.7", Patience);

    private static async Task CreateNodesAsync(KubeCluster cluster)
    {
        await cluster.CreateNodeAsync("a", "10.244.1.0/24");
        await cluster.CreateNodeAsync(NodeObject.Full("b", NodeObject.VxlanAnnotations("192.0.2.8", 2), "10.244.2.0/24"));
    }

    private static async Task<Daemon> RunAsync(KubeCluster cluster, Relay relay)
    {
        await CreateNodesAsync(cluster);
        var daemon = new Daemon(await FlannelAccount.CreateAsync(cluster, endpoint: relay.Endpoint), "a", Prefix);
        await daemon.RunAsync("192.0.2.7");
        return daemon;
    }
}
