using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class RequestTextTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");

    public static TheoryData<RequestVerb, object, string> Lines => new()
    {
        { RequestVerb.Replace, new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.5.1.0"), LinkIndex = 7, OnLink = true },
            "ip route replace 10.5.1.0/24 via 10.5.1.0 dev flannel.1 proto 102 onlink" },
        { RequestVerb.Delete, new Route { Destination = Cidr.Parse("fd00::/64"), LinkIndex = 8, Metric = 9, Table = 5, Protocol = RouteProtocol.Boot },
            "ip route delete fd00::/64 dev if8 table 5 proto boot metric 9" },
        { RequestVerb.Add, new Route { Destination = Cidr.Parse("10.5.0.0/16"), Type = RouteType.RTN_BLACKHOLE }, "ip route add blackhole 10.5.0.0/16 proto 102" },
        { RequestVerb.Add, new Route { Destination = Cidr.Parse("10.5.0.0/16"), LinkIndex = 7, PreferredSource = IPAddress.Loopback },
            "ip route add 10.5.0.0/16 dev flannel.1 proto 102 scope global src 127.0.0.1" },
        { RequestVerb.Add, new Neighbour(7, IPAddress.Parse("10.5.1.0"), s_mac), "ip neigh add 10.5.1.0 lladdr 5e:02:00:00:00:01 dev flannel.1 nud permanent" },
        { RequestVerb.Replace, new FdbEntry(7, s_mac, IPAddress.Parse("192.0.2.1")), "bridge fdb replace 5e:02:00:00:00:01 dev flannel.1 dst 192.0.2.1 self permanent" },
        { RequestVerb.Add, new InterfaceAddress(7, Cidr.Parse("10.5.72.0/32"), AddressScope.Link, AddressFlags.IFA_F_NODAD),
            "ip address add 10.5.72.0/32 dev flannel.1 scope link nodad" },
        { RequestVerb.Set, new LinkChange { Index = 7, Up = false, Mtu = 1400, Mac = s_mac, Master = 0, Name = "x", VxlanLearning = false },
            "ip link set dev flannel.1 name x down mtu 1400 address 5e:02:00:00:00:01 nomaster type vxlan nolearning" },
        { RequestVerb.Delete, new Link { Name = "flannel.1", Kind = "vxlan" }, "ip link delete flannel.1" },
        { RequestVerb.Add, new Link { Name = "flannel.1", Kind = "vxlan", IsUp = true, Mtu = 1450, Mac = s_mac,
                Vxlan = new VxlanAttributes { Vni = 1, ParentIndex = 8, Local = IPAddress.Parse("192.0.2.1"), Port = 8472, Gbp = true } },
            "ip link add flannel.1 up mtu 1450 address 5e:02:00:00:00:01 type vxlan id 1 dev if8 local 192.0.2.1 dstport 8472 nolearning gbp" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_request_reads_like_a_command(RequestVerb verb, object target, string line) =>
        Assert.Equal(line, new RtnetlinkRequest(verb, target).ToString(index => index == 7 ? "flannel.1" : null));

    [Fact]
    public void A_device_without_a_known_name_is_given_by_index() =>
        Assert.Equal("ip neigh delete 10.5.1.0 dev if7 nud permanent", new RtnetlinkRequest(RequestVerb.Delete, new Neighbour(7, IPAddress.Parse("10.5.1.0"), null)).ToString());
}
