using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>What an operator of a cluster sets and asks, and what others may write to its nodes.</summary>
public sealed class KubernetesOperatorTests
{
    private const string Prefix = "flannel.alpha.coreos.com";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private static readonly FabricShape Shape = new("vxlan", Families.IPv4);

    [Fact]
    public async Task A_pod_tells_its_node_the_prefix_its_annotations_and_an_annotation_its_public_address()
    {
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), Shape.Config);
        var host = fabric.Network.Hosts[0];
        var node = NodeObject.Plain(host.Name, "10.5.1.0/24");
        node["metadata"]!["annotations"] = new JsonObject { ["example.org/blue-node-public-ip"] = "172.30.0.77" };
        await fabric.Cluster.CreateNodeAsync(node);
        await fabric.Cluster.Api.PostAsync("/api/v1/namespaces/default/pods", JsonNode.Parse("""
            { "metadata": { "name": "flannel-x7" }, "spec": { "nodeName": "host1", "containers": [ { "name": "flannel", "image": "flannel" } ] } }
            """)!);

        var daemon = fabric.LaunchWith(host, ["POD_NAME=flannel-x7", "POD_NAMESPACE=default"], "--kube-annotation-prefix=example.org/blue");
        await daemon.WaitUntilReadyAsync(Patience);

        Assert.Equal(Shape.SubnetFile("10.5.1.0-24"), await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken));
        var annotations = await fabric.Cluster.AnnotationsAsync(host.Name);
        Assert.Equal(
            ["example.org/blue-backend-data", "example.org/blue-backend-type", "example.org/blue-kube-subnet-manager", "example.org/blue-node-public-ip", "example.org/blue-public-ip"],
            annotations.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("172.30.0.77", annotations["example.org/blue-public-ip"]);
    }

    [Fact]
    public async Task Flannelctl_lists_and_shows_the_leases_of_a_cluster_and_changes_none()
    {
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), Shape.Config);
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodeAsync(NodeObject.Full("a", NodeObject.VxlanAnnotations("192.0.2.7", 7), "10.5.7.0/24"));
        await fabric.Cluster.CreateNodeAsync(NodeObject.Full("b", NodeObject.HostGatewayAnnotations("192.0.2.8"), "10.5.8.0/24"));
        await fabric.Cluster.CreateNodeAsync("no-lease", "10.5.9.0/24");

        Assert.Equal(
            "SUBNET       PUBLIC IP  BACKEND  ENDS IN\n10.5.7.0/24  192.0.2.7  vxlan    -\n10.5.8.0/24  192.0.2.8  host-gw  -\n",
            await fabric.AskAsync(host, "lease list"));
        Assert.Contains("with its node", await fabric.AskAsync(host, "lease show 10.5.7.0/24"), StringComparison.Ordinal);
        var shown = JsonElement.Parse(await fabric.AskAsync(host, "lease show 192.0.2.7 --output=json"));
        Assert.Equal("02:00:00:00:00:07", shown.GetProperty("backendData").GetProperty("VtepMAC").GetString());
        Assert.False(shown.GetProperty("reserved").GetBoolean());
        Assert.Equal(Shape.Config + '\n', await fabric.AskAsync(host, "config get"));
        var refused = await Assert.ThrowsAsync<CommandException>(() => fabric.AskAsync(host, "lease reserve 10.5.7.0/24"));
        Assert.Contains("the cluster assigns each node its pod network", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_whose_address_changes_is_followed_within_two_seconds_and_goes_on_following()
    {
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        var (moving, staying) = (fabric.Daemons[0], fabric.Daemons[1]);
        await PeerObjects.BecomeAsync(moving, "vxlan", [staying], Patience);
        await PeerObjects.BecomeAsync(staying, "vxlan", [moving], Patience);

        await moving.Host.MoveAsync(IPAddress.Parse("172.30.0.99"));

        await PeerObjects.BecomeAsync(staying, "vxlan", [moving], Soon);
        await fabric.Cluster.CreateNodeAsync(NodeObject.Full("late", NodeObject.VxlanAnnotations("172.30.0.90", 90), "10.5.90.0/24"));
        await Eventually.BecomesAsync(() => moving.Host.RunAsync("ip route show 10.5.90.0/24"), route => route.Contains("dev flannel.1", StringComparison.Ordinal), Soon);
        await Ping.AllReachAllAsync(fabric.Pods);
        Assert.DoesNotContain(moving.Lines, line => line.Contains("the API server is away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_hostile_node_publishes_is_named_and_changes_nothing()
    {
        await using var fabric = await KubeFabric.StartAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        await PeerObjects.BecomeAsync(fabric.Daemons[0], "vxlan", [fabric.Daemons[1]], Patience);
        (string PodCidr, string Suffix, string Value, string Line)[] attacks =
        [
            ("10.5.1.0/24", "backend-type", "vxlan", "Ignoring the node 'evil0': the node 'host1' has its pod network 10.5.1.0-24"),
            ("10.5.1.128/25", "backend-type", "vxlan", "10.5.1.128-25 of 172.30.0.77: "),
            ("10.5.0.0/16", "backend-type", "vxlan", "10.5.0.0/16 claims the whole network"),
            ("10.9.1.0/24", "backend-type", "vxlan", "10.9.1.0/24 is outside the network 10.5.0.0/16"),
            ("10.5.24.0/24", "backend-data", """{"VNI":1,"VtepMAC":"01:00:5e:00:00:01"}""", "has no unicast VtepMAC"),
            ("10.5.25.0/24", "backend-data", new string('x', 200_000), "Ignoring the node 'evil5': flannel.alpha.coreos.com/backend-data has more than 65536 characters"),
            ("10.5.26.0/24", "backend-type", "host-gw", "its backend type is 'host-gw', ours is 'vxlan'"),
            ("10.5.27.0/24", "backend-type", "$(touch /tmp/evil);`reboot`", "its backend type is '$(touch /tmp/evil);`reboot`', ours is 'vxlan'"),
            ("10.5.28.0/24", "public-ip", "172.30.0.77; reboot", "Ignoring the node 'evil8': flannel.alpha.coreos.com/public-ip is no address"),
            ("10.5.29.0/24", "public-ip", "172.30.0.11", "two hosts have one public address"),
            ("10.5.30.0/24", "backend-data", "{", "Ignoring the node 'evil10': flannel.alpha.coreos.com/backend-data is not JSON"),
        ];

        for (var i = 0; i < attacks.Length; i++)
        {
            var (podCidr, suffix, value, line) = attacks[i];
            var annotations = new Dictionary<string, string>(NodeObject.VxlanAnnotations("172.30.0.77", 77)) { [$"{Prefix}/{suffix}"] = value };
            await fabric.Cluster.CreateNodeAsync(NodeObject.Full($"evil{i}", annotations, podCidr));
            await Task.WhenAll(fabric.Daemons.Select(daemon => daemon.WaitForLineAsync(line, Patience)));
            await fabric.Cluster.DeleteNodeAsync($"evil{i}");
        }

        await fabric.Cluster.CreateNodeAsync(NodeObject.Full("good", NodeObject.VxlanAnnotations("172.30.0.90", 90), "10.5.90.0/24"));
        foreach (var daemon in fabric.Daemons)
        {
            await Eventually.BecomesAsync(() => daemon.Host.RunAsync("ip route show 10.5.90.0/24"), route => route.Length > 0, Patience);
            Assert.DoesNotContain("172.30.0.77", await daemon.Host.RunAsync("bridge fdb show dev flannel.1"), StringComparison.Ordinal);
            Assert.DoesNotContain(daemon.Lines, text => text.Length > 2000);
        }

        await Ping.AllReachAllAsync(fabric.Pods);
    }
}
