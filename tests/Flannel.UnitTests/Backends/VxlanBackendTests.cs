using System.Net;
using Flannel.Backends;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Backends;

public class VxlanBackendTests
{
    private const string Mac = "3e:11:22:33:44:55";

    [Fact]
    public void The_host_gets_a_device_and_the_base_address_of_its_subnet()
    {
        var plan = Backend().PlanHost(Lease("10.5.72.0-24"));

        Assert.Equal(
            [
                "ip link add flannel.1 mtu 1450 address 3e:11:22:33:44:55 type vxlan id 1 local 192.0.2.1 dev eth0 nolearning",
                "ip address replace 10.5.72.0/32 dev flannel.1",
            ],
            plan.Objects.Select(o => o.ToString()));
        Assert.Equal(["flannel.1"], plan.Scope.OwnDevices);
    }

    [Fact]
    public void Both_families_get_a_device_each_in_dual_stack()
    {
        var plan = Backend(DualStack).PlanHost(Lease("10.5.72.0-24&fd00:5:72::-64"));

        Assert.Equal(
            [
                "ip link add flannel.1 mtu 1450 address 3e:11:22:33:44:55 type vxlan id 1 local 192.0.2.1 dev eth0 nolearning",
                "ip address replace 10.5.72.0/32 dev flannel.1",
                "ip link add flannel-v6.1 mtu 1430 address 3e:11:22:33:44:55 type vxlan id 1 local 2001:db8::1 dev eth0 nolearning",
                "ip address replace fd00:5:72::/128 dev flannel-v6.1",
            ],
            plan.Objects.Select(o => o.ToString()));
    }

    [Fact]
    public void The_device_sends_from_the_local_address_whatever_is_announced()
    {
        var behindNat = External with { PublicIPv4 = IPAddress.Parse("198.51.100.7") };
        var backend = Backend(external: behindNat);

        Assert.Contains(" local 192.0.2.1 ", backend.PlanHost(Lease("10.5.72.0-24")).Objects[0].ToString());
        Assert.Equal(IPAddress.Parse("198.51.100.7"), backend.Attributes.PublicIP);
    }

    [Fact]
    public void The_way_to_a_peer_must_carry_the_packets_of_the_device_with_their_outer_headers()
    {
        var peer = Peer("10.5.7.0-24&fd00:5:7::-64", "192.0.2.7", "2001:db8::7");

        Assert.Equal(
            [new PathDemand(peer.Attributes.PublicIP!, 1500, 0), new PathDemand(peer.Attributes.PublicIPv6!, 1500, 20)],
            Backend(DualStack).PathDemands(peer));
        Assert.Equal(
            [new PathDemand(peer.Attributes.PublicIP!, 1400, 0), new PathDemand(peer.Attributes.PublicIPv6!, 1420, 20)],
            Backend(DualStack, options: """{"Type":"vxlan","MTU":1400}""").PathDemands(peer));
    }

    [Fact]
    public void Options_reach_the_device()
    {
        var backend = Backend(external: External with { Mtu = 9000 }, options: """{"Type":"vxlan","VNI":7,"Port":4789,"GBP":true,"Learning":true,"MTU":9000}""");

        Assert.Equal(8950, backend.Mtu);
        Assert.Equal(
            "ip link add flannel.7 mtu 8950 address 3e:11:22:33:44:55 type vxlan id 7 local 192.0.2.1 dev eth0 dstport 4789 learning gbp",
            backend.PlanHost(Lease("10.5.72.0-24")).Objects[0].ToString());
    }

    [Fact]
    public void What_is_published_carries_the_mac_of_each_family()
    {
        var attributes = Backend(DualStack).Attributes;

        Assert.Equal("vxlan", attributes.BackendType);
        Assert.Equal("""{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""", attributes.BackendData);
        Assert.Equal(attributes.BackendData, attributes.BackendV6Data);
    }

    [Fact]
    public void A_peer_needs_fdb_entry_neighbour_and_route()
    {
        var plan = Backend().PlanPeer(Peer("10.5.34.0-24", "192.0.2.7", v6: null));

        Assert.Equal(
            [
                "bridge fdb replace 6e:aa:bb:cc:dd:ee dev flannel.1 dst 192.0.2.7 self permanent",
                "ip neigh replace 10.5.34.0 lladdr 6e:aa:bb:cc:dd:ee dev flannel.1 nud permanent",
                "ip route replace 10.5.34.0/24 via 10.5.34.0 dev flannel.1 proto 102 onlink",
            ],
            plan.Select(o => o.ToString()));
    }

    [Fact]
    public void A_dual_stack_peer_needs_them_in_both_families()
    {
        var plan = Backend(DualStack).PlanPeer(Peer("10.5.34.0-24&fd00:5:34::-64", "192.0.2.7", "2001:db8::7"));

        Assert.Equal(6, plan.Count);
        Assert.Equal("ip route replace fd00:5:34::/64 via fd00:5:34:: dev flannel-v6.1 proto 102 onlink", plan[5].ToString());
    }

    [Fact]
    public void With_direct_routing_a_neighbour_on_the_link_gets_a_plain_route()
    {
        var backend = Backend(options: """{"Type":"vxlan","DirectRouting":true}""", direct: address => address.Equals(IPAddress.Parse("192.0.2.7")) ? "eth0" : null);

        Assert.True(backend.FollowsUnderlay);
        Assert.Equal(["ip route replace 10.5.34.0/24 via 192.0.2.7 dev eth0 proto 102"], backend.PlanPeer(Peer("10.5.34.0-24", "192.0.2.7", null)).Select(o => o.ToString()));
        Assert.Equal(3, backend.PlanPeer(Peer("10.5.35.0-24", "198.51.100.7", null)).Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("17")]
    [InlineData("""{"VtepMAC":"01:00:5e:00:00:01"}""")]
    [InlineData("""{"VtepMAC":"00:00:00:00:00:00"}""")]
    [InlineData("""{"VtepMAC":"not a mac"}""")]
    [InlineData("""{"VtepMAC":7}""")]
    public void A_peer_without_a_unicast_mac_is_refused(string? data)
    {
        var peer = Peer("10.5.34.0-24", "192.0.2.7", null);
        peer = peer with { Attributes = peer.Attributes with { BackendData = data } };

        Assert.Contains("VtepMAC", Backend().Refuse(peer));
        Assert.Empty(Backend().PlanPeer(peer));
    }

    [Fact]
    public void Both_shapes_of_peer_data_are_read()
    {
        Assert.Equal(MacAddress.Parse(Mac), VxlanPeerData.ReadMac("""{"VtepMAC":"3e:11:22:33:44:55"}"""));
        Assert.Equal(MacAddress.Parse(Mac), VxlanPeerData.ReadMac("""{"vni":9,"vtepmac":"3E:11:22:33:44:55","x":[1]}"""));
    }

    private const string DualStack = """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/32","IPv6SubnetLen":64,"Backend":{"Type":"vxlan"}}""";

    private static readonly ExternalInterface External = TestFacts.External;

    private static VxlanBackend Backend(
        string config = TestFacts.IPv4Only, string options = "{}", ExternalInterface? external = null, Func<IPAddress, string?>? direct = null) =>
        new(NetworkConfig.Parse(config), external ?? External, VxlanOptions.Parse(options), _ => MacAddress.Parse(Mac), direct ?? (_ => null), null);

    private static Lease Lease(string key) => new(TestFacts.Key(key), new LeaseAttributes());

    private static Lease Peer(string key, string v4, string? v6) => new(TestFacts.Key(key), new LeaseAttributes
    {
        PublicIP = IPAddress.Parse(v4),
        PublicIPv6 = v6 is null ? null : IPAddress.Parse(v6),
        BackendType = "vxlan",
        BackendData = """{"VNI":1,"VtepMAC":"6e:aa:bb:cc:dd:ee"}""",
        BackendV6Data = v6 is null ? null : """{"VNI":1,"VtepMAC":"6e:aa:bb:cc:dd:ef"}""",
    });
}
