using System.Net;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The main job with nodes of a real cluster as the leases, and the daemon no more than the service account of the manifest.</summary>
public sealed class KubernetesTests
{
    private const string Prefix = "flannel.alpha.coreos.com";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [Trait("case", "N3")]
    [InlineData("vxlan", Families.IPv4)]
    [InlineData("vxlan", Families.Both)]
    [InlineData("host-gw", Families.IPv4)]
    [InlineData("host-gw", Families.Both)]
    public async Task Pods_reach_each_other_with_nodes_as_leases(string backend, Families families)
    {
        var shape = new FabricShape(backend, families);
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(3), shape.Config);

        await Ping.AllReachAllAsync(fabric.Pods, Patience);
        foreach (var daemon in fabric.Daemons)
        {
            var cidrs = KubeFabric.PodCidrs(daemon.Host).Take(families == Families.Both ? 2 : 1);
            var lease = string.Join('&', cidrs.Select(cidr => cidr.Replace('/', '-')));
            Assert.Equal(shape.SubnetFile(lease), await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken));
            var annotations = await fabric.Cluster.AnnotationsAsync(daemon.Host.Name);
            Assert.Equal(
                ("true", backend, daemon.Host.Address.ToString()),
                (annotations[$"{Prefix}/kube-subnet-manager"], annotations[$"{Prefix}/backend-type"], annotations[$"{Prefix}/public-ip"]));
            await daemon.WaitForLineAsync("Cleared the condition NetworkUnavailable");
        }
    }

    [Fact]
    public async Task A_daemon_says_what_is_missing_and_goes_on_when_the_cluster_assigns_it()
    {
        var shape = new FabricShape("vxlan", Families.IPv4);
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), shape.Config);
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodeAsync(host.Name);
        var daemon = fabric.Launch(host, "--healthz-port=8471", $"--healthz-ip={host.Address}");
        await daemon.WaitForLineAsync("pod cidr not assigned", Patience);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(host, "/healthz")).Status);
        var waiting = await AskAsync(host, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.Status);
        Assert.StartsWith("flanneld is not ready yet\nnode \"host1\" pod cidr not assigned", waiting.Body, StringComparison.Ordinal);
        var events = await Eventually.BecomesAsync(() => fabric.ListEventsAsync(host.Name), found => found.Count > 0, Patience);
        Assert.StartsWith("FlannelPodCIDRNotAssigned: ", Assert.Single(events), StringComparison.Ordinal);

        await fabric.Cluster.StartControllerManagerAsync("10.5.0.0/16");
        await daemon.WaitUntilReadyAsync(Patience);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(host, "/readyz")).Status);
        Assert.DoesNotContain(daemon.Lines, line => line.StartsWith('E') || line.StartsWith('F'));
    }

    [Fact]
    [Trait("case", "N1")]
    public async Task Peers_follow_what_becomes_of_a_node()
    {
        var shape = new FabricShape("vxlan", Families.IPv4);
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(3), shape.Config);
        var (watcher, stays, leaves) = (fabric.Daemons[0], fabric.Daemons[1], fabric.Daemons[2]);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, leaves], Patience);

        // Stripped by others, and back within a moment.
        await AnnotateAsync(fabric, stays.Host, "kube-subnet-manager", null);
        await Eventually.BecomesAsync(() => fabric.Cluster.AnnotationsAsync(stays.Host.Name), found => found.GetValueOrDefault($"{Prefix}/kube-subnet-manager") == "true", Patience);

        await AnnotateAsync(fabric, stays.Host, "public-ip-overwrite", "172.30.0.77");
        await Eventually.BecomesAsync(() => watcher.Host.RunAsync("bridge fdb show dev flannel.1"), fdb => fdb.Contains("dst 172.30.0.77", StringComparison.Ordinal), Patience);
        await AnnotateAsync(fabric, stays.Host, "public-ip-overwrite", null);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, leaves], Patience);

        await leaves.StopAsync();
        await fabric.Cluster.DeleteNodeAsync(leaves.Host.Name);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays], Patience);
        await fabric.Cluster.CreateNodeAsync(leaves.Host.Name, KubeFabric.PodCidrs(leaves.Host));
        await leaves.RestartAsync();
        await leaves.WaitUntilReadyAsync(Patience);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, leaves], Patience);
        await Ping.AllReachAllAsync(fabric.Pods, Patience);
    }

    [Fact]
    public async Task A_daemon_whose_node_was_made_anew_with_another_pod_network_ends_with_1_and_says_so()
    {
        var shape = new FabricShape("vxlan", Families.IPv4);
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(1), shape.Config);
        var daemon = fabric.Daemons[0];

        await fabric.Cluster.DeleteNodeAsync(daemon.Host.Name);
        await fabric.Cluster.CreateNodeAsync(daemon.Host.Name, "10.5.77.0/24");

        Assert.Equal(1, await daemon.WaitForExitAsync(Patience));
        Assert.Matches("^F.*the pod network of our node \"host1\" was 10.5.1.0-24 and is 10.5.77.0-24 now", daemon.Lines[^1]);
    }

    [Fact]
    public async Task A_device_that_has_to_be_made_anew_has_the_MAC_that_the_node_announces()
    {
        var shape = new FabricShape("vxlan", Families.IPv4);
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(2), shape.Config);
        var daemon = fabric.Daemons[0];
        var before = await fabric.Cluster.AnnotationsAsync(daemon.Host.Name);

        await daemon.StopAsync();
        await daemon.Host.RunAsync("ip link del flannel.1");
        await daemon.RestartAsync();
        await daemon.WaitUntilReadyAsync(Patience);

        Assert.Contains(await MacAsync(daemon.Host), before[$"{Prefix}/backend-data"], StringComparison.Ordinal);
        Assert.Equal(before, await fabric.Cluster.AnnotationsAsync(daemon.Host.Name));
        await Ping.AllReachAllAsync(fabric.Pods, Patience);

        static async Task<string> MacAsync(TestHost host) => (await host.ReadAsync("ip -j link show flannel.1"))[0].GetProperty("address").GetString()!;
    }

    [Fact]
    public async Task A_backend_without_peers_needs_no_watch()
    {
        var shape = new FabricShape("alloc", Families.IPv4);
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), shape.Config);
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodeAsync(host.Name, KubeFabric.PodCidrs(host));
        var daemon = fabric.Launch(host);

        await daemon.WaitUntilReadyAsync(Patience);
        await daemon.WaitForLineAsync("Cleared the condition NetworkUnavailable", Patience);

        Assert.Equal(shape.SubnetFile("10.5.1.0-24"), await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(daemon.Lines, line => line.Contains("The leases of all nodes", StringComparison.Ordinal));
    }

    private static Task AnnotateAsync(KubeFabric fabric, TestHost host, string suffix, string? value) =>
        fabric.Cluster.AnnotateAsync(host.Name, new Dictionary<string, string?> { [$"{Prefix}/{suffix}"] = value });

    private static Task<HttpAnswer> AskAsync(TestHost host, string path) => Http.GetAsync(host, $"http://{host.Address}:8471{path}");
}
