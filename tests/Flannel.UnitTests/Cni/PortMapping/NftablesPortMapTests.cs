using System.Net;
using Flannel.Cni.PortMapping;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Cni.PortMapping;

/// <summary>The layout of the standard plugin's nftables backend, as text.</summary>
public sealed class NftablesPortMapTests
{
    private static readonly PortmapConfig Config = new()
    {
        Network = "test",
        ContainerId = "icee6giejonei6so",
        ConditionsV4 = ["ip", "saddr", "192.0.2.0/24"],
        Mappings =
        [
            new MappedPort(8080, 80, "tcp", null),
            new MappedPort(8082, 82, "udp", IPAddress.Any),
            new MappedPort(8083, 83, "tcp", IPAddress.Parse("192.168.0.2")),
            new MappedPort(8085, 85, "sctp", IPAddress.Parse("2001:db8:a::1")),
        ],
    };

    [Fact]
    public void IPv4_with_masquerading_of_local_connections() => Assert.Equal(
        """
        add table ip cni_hostport { comment "CNI portmap plugin" ; }
        add chain ip cni_hostport hostports
        add chain ip cni_hostport hostip_hostports
        add chain ip cni_hostport hostports_all
        flush chain ip cni_hostport hostports_all
        add rule ip cni_hostport hostports_all jump hostip_hostports
        add rule ip cni_hostport hostports_all jump hostports
        add chain ip cni_hostport prerouting { type nat hook prerouting priority -100 ; }
        flush chain ip cni_hostport prerouting
        add rule ip cni_hostport prerouting ip saddr 192.0.2.0/24 fib daddr type local jump hostports_all
        add chain ip cni_hostport output { type nat hook output priority -100 ; }
        flush chain ip cni_hostport output
        add rule ip cni_hostport output ip saddr 192.0.2.0/24 fib daddr type local jump hostports_all
        add chain ip cni_hostport masquerading { type nat hook postrouting priority 100 ; }
        delete rule ip cni_hostport hostports handle 7
        add rule ip cni_hostport hostports tcp dport 8080 dnat to 10.0.0.2:80 comment "icee6giejonei6so"
        add rule ip cni_hostport hostports udp dport 8082 dnat to 10.0.0.2:82 comment "icee6giejonei6so"
        add rule ip cni_hostport hostports ip daddr 192.168.0.2 tcp dport 8083 dnat to 10.0.0.2:83 comment "icee6giejonei6so"
        add rule ip cni_hostport masquerading ip saddr 10.0.0.2 ip daddr 10.0.0.2 masquerade comment "icee6giejonei6so"
        add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr 10.0.0.2 masquerade comment "icee6giejonei6so"

        """,
        NftablesPortMap.Script(Config, Cidr.Parse("10.0.0.2/24"), [("hostports", new NftRuleHandle(7, "icee6giejonei6so"))]).ToString());

    [Fact]
    public void IPv6_without_masquerading() => Assert.Equal(
        """
        add table ip6 cni_hostport { comment "CNI portmap plugin" ; }
        add chain ip6 cni_hostport hostports
        add chain ip6 cni_hostport hostip_hostports
        add chain ip6 cni_hostport hostports_all
        flush chain ip6 cni_hostport hostports_all
        add rule ip6 cni_hostport hostports_all jump hostip_hostports
        add rule ip6 cni_hostport hostports_all jump hostports
        add chain ip6 cni_hostport prerouting { type nat hook prerouting priority -100 ; }
        flush chain ip6 cni_hostport prerouting
        add rule ip6 cni_hostport prerouting fib daddr type local jump hostports_all
        add chain ip6 cni_hostport output { type nat hook output priority -100 ; }
        flush chain ip6 cni_hostport output
        add rule ip6 cni_hostport output fib daddr type local jump hostports_all
        add rule ip6 cni_hostport hostports tcp dport 8080 dnat to [2001:db8::2]:80 comment "icee6giejonei6so"
        add rule ip6 cni_hostport hostports ip6 daddr 2001:db8:a::1 sctp dport 8085 dnat to [2001:db8::2]:85 comment "icee6giejonei6so"

        """,
        NftablesPortMap.Script(Config with { MasqueradesLocal = false }, Cidr.Parse("2001:db8::2/64"), []).ToString());

    [Theory]
    [InlineData("10.0.0.2/24", false, "ip saddr 10.0.0.2 ip daddr 10.0.0.2 masquerade|ip saddr 127.0.0.1 ip daddr 10.0.0.2 masquerade")]
    [InlineData("10.0.0.2/24", true, "ip saddr 0.0.0.0/0 ip daddr 10.0.0.2 masquerade")]
    [InlineData("2001:db8::2/64", false, "ip6 saddr 2001:db8::2 ip6 daddr 2001:db8::2 masquerade")]
    [InlineData("2001:db8::2/64", true, "ip6 saddr ::/0 ip6 daddr 2001:db8::2 masquerade")]
    public void What_is_masqueraded_depends_on_the_family_and_on_masqAll(string container, bool all, string rules) =>
        Assert.Equal(rules.Split('|'), NftablesPortMap.MasqueradesOf(Config with { MasqueradesAll = all }, Cidr.Parse(container)));

    [Theory]
    [InlineData("", "")]
    [InlineData("0004616263 00", "abc")]
    [InlineData("0102ffff 0003616200", "ab")]
    [InlineData("00", "")]
    [InlineData("0009616263", "")]
    public void A_comment_is_found_among_the_data_of_a_rule(string userData, string comment) =>
        Assert.Equal(comment, NftablesSocket.CommentOf(Convert.FromHexString(userData.Replace(" ", "", StringComparison.Ordinal))));
}
