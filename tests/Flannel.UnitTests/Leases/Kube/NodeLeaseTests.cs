using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Flannel.Stores.Kube;
using Xunit;

namespace Flannel.UnitTests.Leases.Kube;

public sealed class NodeLeaseTests
{
    private const string DataV6 = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:66"}""";

    [Fact]
    public void Annotations_and_pod_networks_make_a_lease()
    {
        var (lease, _) = Read(Nodes.Vxlan("a", "10.244.1.0/24"), Nodes.IPv4);

        Assert.Equal(
            new Lease(
                Nodes.Key("10.244.1.0-24"),
                new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.7"), BackendType = "vxlan", BackendData = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""" }),
            lease);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("")]
    [InlineData(null)]
    public void No_backend_data_is_written_in_three_ways(string? text)
    {
        var (lease, _) = Read(Nodes.Vxlan("a", "10.244.1.0/24").With("backend-type", "host-gw").With("backend-data", text), Nodes.IPv4);

        Assert.Equal(("host-gw", null), (lease!.Attributes.BackendType, lease.Attributes.BackendData));
    }

    [Fact]
    public void A_lease_of_two_families_needs_both()
    {
        var dual = Nodes.Vxlan("a", "10.244.1.0/24", "fd00:244:0:1::/64").With("public-ipv6", "2001:db8::7").With("backend-v6-data", DataV6);

        Assert.Equal("10.244.1.0-24&fd00:244:0:1::-64", Read(dual, Nodes.Both).Lease!.Key.ToString());
        Assert.Equal("10.244.1.0-24", Read(dual, Nodes.IPv4).Lease!.Key.ToString());
        Assert.Equal("fd00:244:0:1::-64", Read(dual, Nodes.IPv6).Lease!.Key.ToString());
        Assert.Equal("flannel.alpha.coreos.com/public-ipv6 is no address", Read(dual.With("public-ipv6", null), Nodes.Both).Reason);
        Assert.Equal("it has no IPv6 pod cidr", Read(dual with { PodCidrs = ["10.244.1.0/24"] }, Nodes.Both).Reason);
    }

    [Theory]
    [InlineData("public-ip", "::1", "flannel.alpha.coreos.com/public-ip is no address")]
    [InlineData("public-ip", "0.0.0.0", "flannel.alpha.coreos.com/public-ip is no address")]
    [InlineData("public-ip", "192.0.2.7; reboot", "flannel.alpha.coreos.com/public-ip is no address")]
    [InlineData("backend-data", "{", "flannel.alpha.coreos.com/backend-data is not JSON")]
    [InlineData("backend-data", "{} {}", "flannel.alpha.coreos.com/backend-data is not JSON")]
    [InlineData("backend-v6-data", "nonsense", "flannel.alpha.coreos.com/backend-v6-data is not JSON")]
    public void What_another_node_has_wrong_is_a_reason(string suffix, string value, string reason) =>
        Assert.Equal(reason, Read(Nodes.Vxlan("a", "10.244.1.0/24").With(suffix, value), Nodes.IPv4).Reason);

    [Fact]
    public void What_is_too_long_or_too_deep_is_a_reason()
    {
        var node = Nodes.Vxlan("a", "10.244.1.0/24");

        Assert.Contains("more than 65536 characters", Read(node.With("backend-data", '"' + new string('x', 70_000) + '"'), Nodes.IPv4).Reason, StringComparison.Ordinal);
        Assert.Contains("more than 64 characters", Read(node.With("backend-type", new string('x', 65)), Nodes.IPv4).Reason, StringComparison.Ordinal);
        Assert.Contains("is not JSON", Read(node.With("backend-data", new string('[', 60_000)), Nodes.IPv4).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", false)]
    [InlineData("false", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Exactly_true_makes_a_node_a_lease(string? value, bool isManaged) =>
        Assert.Equal(isManaged, new NodeLease(Nodes.Names).IsManaged(Nodes.Vxlan("a").With("kube-subnet-manager", value).Annotations));

    [Theory]
    [InlineData("10.244.1.0/24", "", "10.244.1.0-24")]
    [InlineData("10.244.1.0/24", "10.244.1.0/24", "10.244.1.0-24")]
    [InlineData("10.244.1.0/24", "10.244.1.0/24 fd00:244:0:1::/64", "10.244.1.0-24&fd00:244:0:1::-64")]
    [InlineData("fd00:244:0:1::/64", "fd00:244:0:1::/64 10.244.1.0/24", "10.244.1.0-24&fd00:244:0:1::-64")]
    [InlineData("", "10.244.1.0/24", "10.244.1.0-24")]
    [InlineData("10.244.1.9/24", "", "10.244.1.0-24")]
    public void Pod_networks_are_one_of_each_family(string podCidr, string podCidrs, string key) => Assert.Equal(key, ReadNetworks(podCidr, podCidrs, isOwn: false).Key);

    [Fact]
    public void Of_two_pod_networks_in_one_family_our_own_is_the_last_and_anothers_the_first()
    {
        Assert.Equal("10.244.2.0-24", ReadNetworks("10.244.1.0/24", "10.244.1.0/24 10.244.2.0/24", isOwn: true).Key);
        Assert.Equal("10.244.1.0-24", ReadNetworks("10.244.1.0/24", "10.244.1.0/24 10.244.2.0/24", isOwn: false).Key);
    }

    [Theory]
    [InlineData("", "", "node \"a\" pod cidr not assigned")]
    [InlineData("10.1.0.0/24", "10.1.0.0/24 10.2.0.0/24 fd00::/64", "node \"a\" pod cidrs should be IPv4/IPv6 only or dualstack")]
    [InlineData("nonsense", "", "the pod cidr 'nonsense' of node \"a\" is not a network")]
    [InlineData("0.0.0.0/0", "", "the pod cidr '0.0.0.0/0' of node \"a\" is not a network")]
    public void Other_pod_networks_are_a_reason(string podCidr, string podCidrs, string reason) => Assert.Equal(reason, ReadNetworks(podCidr, podCidrs, isOwn: true).Reason);

    [Theory]
    [Trait("case", "I2")]
    [InlineData("10.244.0.0/16", "10.244.0.0/16", true)]
    [InlineData("10.244.0.0/16", "10.244.0.0/24", true)]
    [InlineData("10.244.0.0/16", "10.244.255.0/24", true)]
    [InlineData("10.244.0.0/16", "10.244.0.0/15", false)]
    [InlineData("10.244.0.0/16", "192.168.0.0/24", false)]
    public void An_ipv4_pod_network_lies_in_the_network(string network, string podCidr, bool isInside) =>
        AssertContained($$"""{"Network":"{{network}}"}""", podCidr, isInside, $"subnet \"{network}\" specified in the flannel net config doesn't contain \"{podCidr}\" PodCIDR of the \"a\" node");

    [Theory]
    [Trait("case", "I3")]
    [InlineData("2001:db8:1234::/48", true)]
    [InlineData("2001:db8:1234::/64", true)]
    [InlineData("2001:db8:1234:ffff::/64", true)]
    [InlineData("2001:db8:1234::/47", false)]
    [InlineData("fe02::/32", false)]
    public void An_ipv6_pod_network_lies_in_the_network(string podCidr, bool isInside) => AssertContained(
        """{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"2001:db8:1234::/48"}""",
        podCidr,
        isInside,
        "subnet \"2001:db8:1234::/48\" specified in the flannel net config doesn't contain");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Network":"0.0.0.0/0"}""")]
    public void A_config_without_a_network_contains_nothing(string config) => AssertContained(config, "10.244.1.0/24", isInside: false, "subnet \"");

    [Fact]
    public void A_family_without_a_pod_network_is_an_obstacle()
    {
        var obstacle = Obstacle.OfNetworks(Nodes.Both, Nodes.Key("10.244.1.0-24"), "a");

        Assert.Equal(("FlannelPodCIDRNotAssigned", true), (obstacle!.Reason, obstacle.NeedsPerson));
        Assert.StartsWith("IPv6 is enabled in the flannel net config, but the node \"a\" has no IPv6 pod cidr", obstacle.Message, StringComparison.Ordinal);
    }

    private static void AssertContained(string config, string podCidr, bool isInside, string message)
    {
        var node = new KubeNode("a", "", "", new Dictionary<string, string>()) { PodCidr = podCidr };
        Assert.True(PodNetworks.TryRead(node, isOwn: true, out var networks, out _));
        var obstacle = Obstacle.OfNetworks(NetworkConfig.ParseAssigned(config), networks, "a");
        Assert.Equal(isInside, obstacle is null);
        Assert.StartsWith(isInside ? "" : message, obstacle?.Message ?? "", StringComparison.Ordinal);
    }

    private static (Lease? Lease, string? Reason) Read(KubeNode node, NetworkConfig config)
    {
        var reader = new NodeLease(Nodes.Names, config);
        Lease? lease = null;
        _ = PodNetworks.TryRead(node, isOwn: false, out var networks, out var reason) &&
            reader.TryRead(node.Annotations, out var attributes, out reason) &&
            reader.TryJoin(attributes, networks, out lease, out reason);
        return (lease, reason);
    }

    private static (string? Key, string? Reason) ReadNetworks(string podCidr, string podCidrs, bool isOwn)
    {
        var node = new KubeNode("a", "", "", new Dictionary<string, string>()) { PodCidr = podCidr, PodCidrs = podCidrs.Split(' ', StringSplitOptions.RemoveEmptyEntries) };
        return PodNetworks.TryRead(node, isOwn, out var key, out var reason) ? (key.ToString(), null) : (null, reason);
    }
}
