using System.Net;
using System.Text.Json;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Xunit;

namespace Flannel.UnitTests.Leases.Kube;

public sealed class NodePatchTests
{
    private const string Data = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""";
    private const string DataV6 = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:66"}""";

    private static readonly IPAddress Public = IPAddress.Parse("192.0.2.7");
    private static readonly IPAddress PublicV6 = IPAddress.Parse("2001:db8::7");
    private static readonly LeaseAttributes Vxlan = new() { PublicIP = Public, BackendType = "vxlan", BackendData = Data };

    [Fact]
    public void A_node_without_annotations_gets_all() => AssertWrites(
        Vxlan, [], ("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-data", Data), ("public-ip", "192.0.2.7"));

    [Fact]
    public void Only_what_differs_is_written()
    {
        AssertWrites(Vxlan, [("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-data", Data), ("public-ip", "192.0.2.8")], ("public-ip", "192.0.2.7"));
        Assert.Null(NodePatch.Annotate(Nodes.Vxlan("a").Annotations, Vxlan, Nodes.Names));
    }

    [Fact]
    public void Two_families_of_vxlan_are_written_each() => AssertWrites(
        Vxlan with { PublicIPv6 = PublicV6, BackendV6Data = DataV6 },
        [],
        ("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-data", Data), ("public-ip", "192.0.2.7"), ("backend-v6-data", DataV6), ("public-ipv6", "2001:db8::7"));

    [Fact]
    public void Ipv6_alone_of_vxlan_leaves_out_ipv4() => AssertWrites(
        new LeaseAttributes { BackendType = "vxlan", PublicIPv6 = PublicV6, BackendV6Data = DataV6 },
        [],
        ("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-v6-data", DataV6), ("public-ipv6", "2001:db8::7"));

    [Fact]
    public void Ipv6_alone_of_host_gw_has_the_unspecified_ipv4_address() => AssertWrites(
        new LeaseAttributes { BackendType = "host-gw", PublicIPv6 = PublicV6 },
        [],
        ("kube-subnet-manager", "true"), ("backend-type", "host-gw"), ("backend-data", "null"), ("public-ip", "0.0.0.0"), ("backend-v6-data", "null"), ("public-ipv6", "2001:db8::7"));

    [Fact]
    public void A_backend_that_announces_nothing_has_an_empty_type() => AssertWrites(
        new LeaseAttributes { PublicIP = Public, PublicIPv6 = PublicV6 },
        [],
        ("kube-subnet-manager", "true"), ("backend-type", ""), ("backend-data", "null"), ("public-ip", "192.0.2.7"));

    [Fact]
    [Trait("case", "N1")]
    public void An_overwrite_wins_over_what_the_host_announces() => AssertWrites(
        Vxlan with { PublicIPv6 = PublicV6, BackendV6Data = DataV6 },
        [
            ("kube-subnet-manager", "true"), ("backend-type", "vxlan"), ("backend-data", Data), ("backend-v6-data", DataV6),
            ("public-ip-overwrite", "172.18.0.2"), ("public-ipv6-overwrite", "2001:db8::99"),
        ],
        ("public-ip", "172.18.0.2"), ("public-ipv6", "2001:db8::99"));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("2001:db8::1")]
    [InlineData("0.0.0.0")]
    public void An_overwrite_that_is_no_address_does_not_count(string text) =>
        Assert.Null(NodePatch.Annotate(Nodes.Vxlan("a").With("public-ip-overwrite", text).Annotations, Vxlan, Nodes.Names));

    [Fact]
    public void The_condition_is_what_every_release_writes()
    {
        var now = new DateTimeOffset(2026, 2, 3, 6, 5, 6, 789, TimeSpan.FromHours(2));

        Assert.Equal(
            """{"status":{"conditions":[{"type":"NetworkUnavailable","status":"False","reason":"FlannelIsUp","message":"Flannel is running on this node","lastTransitionTime":"2026-02-03T04:05:06Z","lastHeartbeatTime":"2026-02-03T04:05:06Z"}]}}""",
            System.Text.Encoding.UTF8.GetString(NodePatch.NetworkIsUp(now).Span));
    }

    private static void AssertWrites(LeaseAttributes attributes, (string Suffix, string Value)[] present, params (string Suffix, string Value)[] written)
    {
        var annotations = present.ToDictionary(annotation => Nodes.Names.Prefix + annotation.Suffix, annotation => annotation.Value);
        var patch = JsonElement.Parse(NodePatch.Annotate(annotations, attributes, Nodes.Names)!.Value.Span);
        var metadata = Assert.Single(patch.EnumerateObject());
        var found = Assert.Single(metadata.Value.EnumerateObject());
        Assert.Equal(("metadata", "annotations"), (metadata.Name, found.Name));
        Assert.Equal(written, found.Value.EnumerateObject().Select(annotation => (annotation.Name[Nodes.Names.Prefix.Length..], annotation.Value.GetString()!)));
    }
}
