using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>An API server that is away, and what happened meanwhile.</summary>
public sealed class KubeOutageTests
{
    private const string Prefix = "flannel.alpha.coreos.com";

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
        await cluster.AnnotateAsync("a", new Dictionary<string, string?> { [$"{Prefix}/public-ip"] = null });
        Assert.Equal(["10.244.1.0-24", "10.244.2.0-24"], daemon.Leases.Keys.Order());
        relay.Mend();

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.Order().SequenceEqual(["10.244.1.0-24", "10.244.3.0-24"]), Patience);
        await Eventually.IsTrueAsync(async () => (await cluster.AnnotationsAsync("a")).GetValueOrDefault($"{Prefix}/public-ip") == "192.0.2.7", Patience);
        Assert.Equal((1, 1), (daemon.Log.Count("the API server is away"), daemon.Log.Count("the API server is back")));
    }

    [Fact]
    public async Task After_history_is_lost_the_list_is_read_again_and_what_vanished_is_gone()
    {
        await using var cluster = await KubeCluster.StartAsync();
        await using var relay = cluster.NewRelay();
        await using var daemon = await RunAsync(cluster, relay);

        relay.Cut();
        await cluster.DeleteNodeAsync("b");
        for (var i = 0; i < 3; i++)
        {
            await cluster.HeartbeatAsync("a");
        }

        var revision = (await cluster.GetNodeAsync("a")).GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        await cluster.Etcd.CtlAsync("compact", revision);
        await cluster.KillAsync();
        await cluster.RestartAsync();
        relay.Mend();

        await Eventually.IsTrueAsync(() => daemon.Leases.Keys.SequenceEqual(["10.244.1.0-24"]), Patience);
        Assert.True(daemon.Snapshots > 1);
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

    private static async Task<Daemon> RunAsync(KubeCluster cluster, Relay relay)
    {
        await cluster.CreateNodeAsync("a", "10.244.1.0/24");
        await cluster.CreateNodeAsync(NodeObject.Full("b", NodeObject.VxlanAnnotations("192.0.2.8", 2), "10.244.2.0/24"));
        var daemon = new Daemon(await FlannelAccount.CreateAsync(cluster, endpoint: relay.Endpoint), "a", Prefix);
        await daemon.RunAsync("192.0.2.7");
        return daemon;
    }
}
