using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Firewall;

/// <summary>The rules as traffic-manager.md §2.1, §2.2 and §3 list them, word for word.</summary>
public sealed class GoldenRulesTests
{
    private static readonly LocalNetwork V4 = new(Cidr.Parse("10.5.0.0/16"), Cidr.Parse("10.5.7.1/24"));
    private static readonly LocalNetwork V6 = new(Cidr.Parse("fd00:5::/48"), Cidr.Parse("fd00:5:0:7::1/64"));

    [Fact(DisplayName = "P nat rules of iptables, IPv4")]
    public void P_iptables_nat() => Assert.Equal(
        """
        *nat
        :FLANNEL-POSTRTG - [0:0]
        -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
        -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s 10.5.7.0/24 -d 10.5.0.0/16 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s 10.5.0.0/16 -d 10.5.7.0/24 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG ! -s 10.5.0.0/16 -d 10.5.7.0/24 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s 10.5.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
        -A FLANNEL-POSTRTG ! -s 10.5.0.0/16 -d 10.5.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
        COMMIT

        """,
        Installation(MasqueradeRules.Iptables(V4, fullyRandom: true)));

    [Fact(DisplayName = "P nat rules of ip6tables, ports not randomised")]
    public void P_ip6tables_nat() => Assert.Equal(
        """
        *nat
        :FLANNEL-POSTRTG - [0:0]
        -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
        -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s fd00:5:0:7::/64 -d fd00:5::/48 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s fd00:5::/48 -d fd00:5:0:7::/64 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG ! -s fd00:5::/48 -d fd00:5:0:7::/64 -m comment --comment "flanneld masq" -j RETURN
        -A FLANNEL-POSTRTG -s fd00:5::/48 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE
        -A FLANNEL-POSTRTG ! -s fd00:5::/48 -d fd00:5::/48 -m comment --comment "flanneld masq" -j MASQUERADE
        COMMIT

        """,
        Installation(MasqueradeRules.Iptables(V6, fullyRandom: false)));

    [Fact(DisplayName = "P filter rules of iptables and ip6tables")]
    public void P_iptables_filter() => Assert.Equal(
        """
        *filter
        :FLANNEL-FWD - [0:0]
        -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
        -A FLANNEL-FWD -s 10.5.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
        -A FLANNEL-FWD -d 10.5.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
        COMMIT
        *filter
        :FLANNEL-FWD - [0:0]
        -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
        -A FLANNEL-FWD -s fd00:5::/48 -m comment --comment "flanneld forward" -j ACCEPT
        -A FLANNEL-FWD -d fd00:5::/48 -m comment --comment "flanneld forward" -j ACCEPT
        COMMIT

        """,
        Installation(ForwardRules.Iptables(V4)) + Installation(ForwardRules.Iptables(V6)));

    [Fact(DisplayName = "P table of nftables, IPv4")]
    public void P_nftables_ipv4() => Assert.Equal(
        """
        add table ip flannel-ipv4
        delete table ip flannel-ipv4
        add table ip flannel-ipv4 { comment "rules for flannel-ipv4"; }
        add chain ip flannel-ipv4 postrtg { type nat hook postrouting priority 100; policy accept; comment "chain to manage traffic masquerading by flannel"; }
        add rule ip flannel-ipv4 postrtg meta mark 0x4000 return
        add rule ip flannel-ipv4 postrtg ip saddr 10.5.7.0/24 ip daddr 10.5.0.0/16 return
        add rule ip flannel-ipv4 postrtg ip saddr 10.5.0.0/16 ip daddr 10.5.7.0/24 return
        add rule ip flannel-ipv4 postrtg ip saddr != 10.5.7.0/24 ip daddr 10.5.0.0/16 return
        add rule ip flannel-ipv4 postrtg ip saddr 10.5.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
        add rule ip flannel-ipv4 postrtg ip saddr != 10.5.0.0/16 ip daddr 10.5.0.0/16 masquerade fully-random
        add chain ip flannel-ipv4 forward { type filter hook forward priority 0; policy accept; comment "chain to accept flannel traffic"; }
        add rule ip flannel-ipv4 forward ip saddr 10.5.0.0/16 accept
        add rule ip flannel-ipv4 forward ip daddr 10.5.0.0/16 accept

        """,
        new NftTable("ip", "flannel-ipv4", [MasqueradeRules.Nftables(V4, true), ForwardRules.Nftables(V4)], "rules for flannel-ipv4").Script());

    [Fact(DisplayName = "P table of nftables, IPv6, ports not randomised")]
    public void P_nftables_ipv6() => Assert.Equal(
        """
        add table ip6 flannel-ipv6 { comment "rules for flannel-ipv6"; }
        add chain ip6 flannel-ipv6 postrtg { type nat hook postrouting priority 100; policy accept; comment "chain to manage traffic masquerading by flannel"; }
        add rule ip6 flannel-ipv6 postrtg meta mark 0x4000 return
        add rule ip6 flannel-ipv6 postrtg ip6 saddr fd00:5:0:7::/64 ip6 daddr fd00:5::/48 return
        add rule ip6 flannel-ipv6 postrtg ip6 saddr fd00:5::/48 ip6 daddr fd00:5:0:7::/64 return
        add rule ip6 flannel-ipv6 postrtg ip6 saddr != fd00:5:0:7::/64 ip6 daddr fd00:5::/48 return
        add rule ip6 flannel-ipv6 postrtg ip6 saddr fd00:5::/48 ip6 daddr != ff00::/8 masquerade
        add rule ip6 flannel-ipv6 postrtg ip6 saddr != fd00:5::/48 ip6 daddr fd00:5::/48 masquerade
        add chain ip6 flannel-ipv6 forward { type filter hook forward priority 0; policy accept; comment "chain to accept flannel traffic"; }
        add rule ip6 flannel-ipv6 forward ip6 saddr fd00:5::/48 accept
        add rule ip6 flannel-ipv6 forward ip6 daddr fd00:5::/48 accept

        """,
        new NftTable("ip6", "flannel-ipv6", [MasqueradeRules.Nftables(V6, false), ForwardRules.Nftables(V6)], "rules for flannel-ipv6").Addition());

    [Fact]
    public void Ranges_without_masquerading_stand_before_the_rule_that_would_masquerade_them()
    {
        Cidr[] ranges = [Cidr.Parse("192.168.0.0/16"), Cidr.Parse("10.200.0.7/32"), Cidr.Parse("fd99::/32"), Cidr.Parse("192.168.3.4/16")];
        var (v4, v6) = (V4 with { Unmasqueraded = ranges }, V6 with { Unmasqueraded = ranges });

        var iptables = MasqueradeRules.Iptables(v4, true).Rules.ToList();
        Assert.Equal(
            [
                """-s 10.5.0.0/16 -d 192.168.0.0/16 -m comment --comment "flanneld masq" -j RETURN""",
                """-s 10.5.0.0/16 -d 10.200.0.7/32 -m comment --comment "flanneld masq" -j RETURN""",
            ],
            iptables.Except(MasqueradeRules.Iptables(V4, true).Rules).Select(rule => rule.Spec));
        Assert.Equal([5, 6], new[] { "192.168.0.0/16", "10.200.0.7/32" }.Select(range => iptables.FindIndex(rule => rule.Spec.Contains(range, StringComparison.Ordinal))));
        Assert.Equal(["ip6 saddr fd00:5::/48 ip6 daddr fd99::/32 return"], MasqueradeRules.Nftables(v6, true).Rules.Except(MasqueradeRules.Nftables(V6, true).Rules));
        Assert.Equal("ip6 saddr fd00:5::/48 ip6 daddr fd99::/32 return", MasqueradeRules.Nftables(v6, true).Rules[4]);
    }

    private static string Installation(IptablesRuleSet set) => IptablesRestore.Block(set.Table, set.Repair(IptablesTable.Empty(set.Table)));
}
