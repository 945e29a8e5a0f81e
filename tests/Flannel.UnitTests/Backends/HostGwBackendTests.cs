using System.Net;
using Flannel.Backends;
using Flannel.Config;
using Flannel.Leases;
using Xunit;

namespace Flannel.UnitTests.Backends;

public class HostGwBackendTests
{
    private const string DualStack = """{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/32","IPv6SubnetLen":64,"Backend":{"Type":"host-gw"}}""";

    [Fact]
    public void A_peer_needs_a_route_per_family_through_its_own_address()
    {
        var backend = new HostGwBackend(NetworkConfig.Parse(DualStack), TestFacts.External);
        var peer = new Lease(TestFacts.Key("10.5.34.0-24&fd00:5:34::-64"), new LeaseAttributes
        {
            PublicIP = IPAddress.Parse("192.0.2.7"),
            PublicIPv6 = IPAddress.Parse("2001:db8::7"),
            BackendType = "host-gw",
        });

        Assert.Equal(
            ["ip route replace 10.5.34.0/24 via 192.0.2.7 dev eth0 proto 102", "ip route replace fd00:5:34::/64 via 2001:db8::7 dev eth0 proto 102"],
            backend.PlanPeer(peer).Select(o => o.ToString()));
        Assert.Equal(1500, backend.Mtu);
        Assert.Empty(backend.PlanHost(peer).Objects);
    }

    [Fact]
    public void It_refuses_to_work_behind_nat()
    {
        var external = TestFacts.External with { PublicIPv4 = IPAddress.Parse("198.51.100.9") };

        var error = Assert.Throws<ConfigException>(() => new HostGwBackend(NetworkConfig.Parse(TestFacts.IPv4Only), external));

        Assert.Contains("your PublicIP differs from interface IP", error.Message);
        Assert.Contains("198.51.100.9", error.Message);
    }

    [Fact]
    public void An_address_of_the_other_family_does_not_matter()
    {
        var external = TestFacts.External with { PublicIPv6 = IPAddress.Parse("2001:db8:9::9") };

        Assert.Equal("host-gw", new HostGwBackend(NetworkConfig.Parse(TestFacts.IPv4Only), external).Attributes.BackendType);
    }

    [Fact]
    public void Alloc_publishes_an_address_and_nothing_else()
    {
        var backend = new AllocBackend(NetworkConfig.Parse(TestFacts.IPv4Only), TestFacts.External);

        Assert.Equal(new LeaseAttributes { PublicIP = IPAddress.Parse("192.0.2.1") }, backend.Attributes);
        Assert.Equal(1500, backend.Mtu);
    }
}
