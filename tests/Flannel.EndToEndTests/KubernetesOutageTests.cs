using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The process of the API server is killed under running daemons and comes back, with its history or without.</summary>
public sealed class KubernetesOutageTests
{
    private const string Backend = "vxlan";
    private const string Away = "the API server is away";

    // At a hundred a second.
    private const int EchoesOfTenSeconds = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly FabricShape Shape = new(Backend, Families.IPv4);

    [Fact]
    public async Task For_ten_seconds_traffic_flows_and_nothing_changes_and_the_log_says_so_once_and_afterwards_nodes_are_followed()
    {
        await using var fabric = await StartAsync();
        var before = await ReadAsync(fabric);
        var quiet = fabric.Daemons.Select(daemon => daemon.Lines.Count).ToList();
        await using var routes = await RouteMonitor.StartAsync(fabric.Network.Hosts[0]);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        await ping.FlowAsync();

        await fabric.Cluster.KillAsync();
        await ping.FlowAsync(EchoesOfTenSeconds);
        Assert.Equal(before, await ReadAsync(fabric));
        await fabric.Cluster.RestartAsync();
        await Task.WhenAll(fabric.Daemons.Select(daemon => daemon.WaitForLineAsync("the API server is back", Patience)));
        Assert.Equal(before, await ReadAsync(fabric));
        foreach (var (daemon, count) in fabric.Daemons.Zip(quiet))
        {
            Assert.Single(daemon.Lines.Skip(count), line => line.Contains(Away, StringComparison.Ordinal));
        }

        await fabric.Cluster.CreateNodeAsync(NewNode(0));
        foreach (var host in fabric.Network.Hosts)
        {
            await Eventually.BecomesAsync(() => NodeRoutesAsync(host), found => found.SequenceEqual([Subnet(0)]), Patience);
        }

        Assert.Empty(await ping.StopAsync());
        Assert.Empty(await routes.ListRemovedAsync());
    }

    [Fact]
    public async Task Until_etcd_has_forgotten_what_the_watch_needs_the_nodes_that_vanished_are_gone_and_no_other_route_was_touched()
    {
        const int Nodes = 30;
        const int Vanished = 20;
        await using var fabric = await StartAsync();
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodesAsync(Enumerable.Range(0, Nodes).Select(NewNode));
        await Eventually.BecomesAsync(() => NodeRoutesAsync(host), found => found.Count == Nodes, Patience);
        await using var routes = await RouteMonitor.StartAsync(host);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        await ping.FlowAsync();

        await fabric.Cluster.KillAsync();
        await fabric.Daemons[0].WaitForLineAsync(Away, Patience);
        await fabric.Cluster.EraseNodesAsync(Name(0), Name(Vanished));
        Assert.Empty(await routes.ListRemovedAsync());
        await fabric.Cluster.RestartAsync();

        await Eventually.BecomesAsync(() => NodeRoutesAsync(host), found => found.Count == Nodes - Vanished, Patience);
        await fabric.Cluster.CreateNodeAsync(NewNode(Nodes));
        await Eventually.BecomesAsync(() => NodeRoutesAsync(host), found => found.Contains(Subnet(Nodes)), Patience);
        Assert.Equal(Enumerable.Range(0, Vanished).Select(Subnet).Order(), (await routes.ListRemovedAsync()).Order());
        Assert.Empty(await ping.StopAsync());
    }

    [Fact]
    public async Task A_daemon_that_starts_meanwhile_says_what_it_waits_for_and_goes_on()
    {
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), Shape.Config);
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodeAsync(host.Name, KubeFabric.PodCidrs(host));
        await fabric.Cluster.KillAsync();
        var daemon = fabric.Launch(host, "--healthz-port=8471", $"--healthz-ip={host.Address}");
        await daemon.WaitForLineAsync("Waiting: ", Patience);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/healthz")).Status);
        var waiting = await AskAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.Status);
        Assert.Contains("https://172.30.0.1:6443: get nodes/host1: Connection refused", waiting.Body, StringComparison.Ordinal);
        await fabric.Cluster.RestartAsync();

        await daemon.WaitUntilReadyAsync(Patience);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/readyz")).Status);
        Assert.DoesNotContain(daemon.Lines, line => line.StartsWith('E') || line.StartsWith('F'));

        Task<HttpAnswer> AskAsync(string path) => Http.GetAsync(host, $"http://{host.Address}:8471{path}");
    }

    /// <summary>Two hosts that have each other's objects, and whose pods reach each other.</summary>
    private static async Task<KubeFabric> StartAsync()
    {
        var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        await PeerObjects.BecomeAsync(fabric.Daemons[0], Backend, [fabric.Daemons[1]], Patience);
        await PeerObjects.BecomeAsync(fabric.Daemons[1], Backend, [fabric.Daemons[0]], Patience);
        await Ping.AllReachAllAsync(fabric.Pods, Patience);
        return fabric;
    }

    private static async Task<string> ReadAsync(KubeFabric fabric) =>
        string.Join('\n', await Task.WhenAll(fabric.Network.Hosts.Select(host => PeerObjects.ReadAsync(host, Backend))));

    /// <summary>The routes to nodes that the test made, in order.</summary>
    private static async Task<IReadOnlyList<string>> NodeRoutesAsync(TestHost host) =>
        [.. (await host.RunAsync("ip route show root 10.5.128.0/17")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Order()];

    private static JsonObject NewNode(int number) =>
        NodeObject.Full(Name(number), NodeObject.VxlanAnnotations($"172.30.0.{100 + number}", number), Subnet(number));

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"node-{number:00}");

    private static string Subnet(int number) => string.Create(CultureInfo.InvariantCulture, $"10.5.{128 + number}.0/24");
}
