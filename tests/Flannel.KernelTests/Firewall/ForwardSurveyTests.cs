using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class ForwardSurveyTests
{
    [Theory]
    [InlineData(FirewallKind.IptablesLegacy)]
    [InlineData(FirewallKind.IptablesOnNft)]
    public async Task A_rejecting_rule_before_ours_is_named(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.RunAsync("iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited");
        await host.StartAsync(GuardedHost.V4);
        await LogsAsync(host, "FORWARD drops forwarded packets of 10.5.0.0/16 by the rule \"-j REJECT --reject-with icmp-host-prohibited\"");
    }

    [Theory]
    [InlineData(FirewallKind.IptablesLegacy)]
    [InlineData(FirewallKind.IptablesOnNft)]
    public async Task A_policy_of_drop_that_an_accept_in_nftables_cannot_override_is_named(FirewallKind variant)
    {
        await using var host = new GuardedHost(FirewallKind.Nftables);
        await using var other = new GuardedHost(variant, host);
        await other.RunAsync("iptables -P FORWARD DROP");
        await host.StartAsync(GuardedHost.V4);
        await LogsAsync(host, "chain FORWARD drops forwarded packets of 10.5.0.0/16 by its policy; an accept in flannel's nftables chain cannot override it");
    }

    [Theory]
    [InlineData(FirewallKind.IptablesLegacy)]
    [InlineData(FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.Nftables)]
    public async Task A_firewall_with_its_own_rejecting_chain_is_named(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.RunAsync("nft -f -", """
            table inet firewalld {
                chain zones {
                    ct status dnat accept
                }
                chain filter_FORWARD {
                    type filter hook forward priority 10; policy accept;
                    ct state established,related accept
                    jump zones
                    reject with icmpx type admin-prohibited
                }
            }

            """);
        await host.StartAsync(GuardedHost.V4);
        await LogsAsync(host, "nft chain inet firewalld filter_FORWARD drops forwarded packets of 10.5.0.0/16 by the rule \"reject\"; " +
            "an accept elsewhere cannot override it, put the network into firewalld's trusted zone");
    }

    [Fact]
    public async Task A_policy_of_drop_that_our_rules_come_before_is_no_finding_and_a_finding_is_told_once()
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft);
        await host.RunAsync("iptables -P FORWARD DROP");
        await host.RunAsync("ip6tables -I FORWARD -j DROP");
        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);
        await LogsAsync(host, "ip6tables chain FORWARD drops forwarded packets of fd00:5::/48");

        Assert.Single(host.Lines, line => line.Contains("drops", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_iptables_of_the_variant_that_nobody_else_uses_is_named()
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft);
        await host.RunAsync("iptables-legacy -t nat -A POSTROUTING -s 10.96.0.0/12 -j MASQUERADE");
        await host.StartAsync(GuardedHost.V4);
        await LogsAsync(host, "but the rules of other programs on this host are in iptables-legacy");
    }

    private static Task<string> LogsAsync(GuardedHost host, string text) =>
        Eventually.BecomesAsync(() => string.Join('\n', host.Lines), lines => lines.Contains(text, StringComparison.Ordinal));
}
