using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Firewall;

public sealed class ForwardWalkTests
{
    private static readonly Cidr Network = Cidr.Parse("10.5.0.0/16");

    [Theory]
    [InlineData("DROP", "", "its policy")]
    [InlineData("ACCEPT", "", null)]
    [InlineData("DROP", "-A FORWARD -m comment --comment \"flanneld forward\" -j FLANNEL-FWD", null)]
    [InlineData("ACCEPT", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited|-A FORWARD -j FLANNEL-FWD", "the rule \"-j REJECT --reject-with icmp-host-prohibited\"")]
    [InlineData("ACCEPT", "-A FORWARD -j FLANNEL-FWD|-A FORWARD -j REJECT", null)]
    [InlineData("ACCEPT", "-A FORWARD -j UFW|-A FORWARD -j FLANNEL-FWD|-A UFW -m comment --comment \"a -j b\" -j DROP", "the rule \"-m comment --comment \"a -j b\" -j DROP\" of the chain UFW")]
    [InlineData("ACCEPT", "-A FORWARD -j A|-A FORWARD -j FLANNEL-FWD|-A A -j RETURN|-A A -j DROP", null)]
    [InlineData("DROP", "-A FORWARD -g A|-A FORWARD -j FLANNEL-FWD", "its policy")]
    [InlineData("DROP", "-A FORWARD -i eth0 -j DROP|-A FORWARD -m conntrack --ctstate INVALID -j DROP|-A FORWARD -j FLANNEL-FWD", null)]
    [InlineData("DROP", "-A FORWARD -s 10.0.0.0/8 -d 10.0.0.0/8 -j DROP|-A FORWARD -j FLANNEL-FWD", "the rule \"-s 10.0.0.0/8 -d 10.0.0.0/8 -j DROP\"")]
    [InlineData("DROP", "-A FORWARD -s 10.5.1.0/24 -j DROP|-A FORWARD ! -s 10.0.0.0/8 -j DROP|-A FORWARD -j LOG --log-prefix \"-j DROP\"|-A FORWARD -j FLANNEL-FWD", null)]
    [InlineData("DROP", "-A FORWARD -j A|-A A -j B|-A B -j A", "its policy")]
    public void A_drop_in_iptables_is_found_where_it_strikes(string policy, string rules, string? culprit)
    {
        var text = $"*filter\n:FORWARD {policy} [0:0]\n-A FLANNEL-FWD -s 10.5.0.0/16 -m comment --comment \"flanneld forward\" -j ACCEPT\n{rules.Replace('|', '\n')}\nCOMMIT\n";
        var table = IptablesSave.Parse(text)[0];
        var walk = new ForwardWalk(chain => [.. table.RulesOf(chain).Select(rule => ForwardRule.FromIptables(rule.Spec, Network))]);
        Assert.Equal(culprit, walk.FindDrop("FORWARD", policy == "DROP"));
    }

    [Theory]
    [InlineData(false, "ct state|accept", null)]
    [InlineData(true, "ct state|accept", "its policy")]
    [InlineData(true, "ip saddr 10.0.0.0/8|accept", null)]
    [InlineData(true, "ip saddr != 10.0.0.0/8|accept", "its policy")]
    [InlineData(true, "ip saddr 10.5.3.0/24|accept", "its policy")]
    [InlineData(false, "reject", "the rule \"reject\"")]
    [InlineData(false, "xt REJECT", "the rule \"xt REJECT\"")]
    [InlineData(false, "jump loop", null)]
    public void A_drop_in_nftables_is_found_where_it_strikes(bool drops, string statements, string? culprit)
    {
        var rule = ForwardRule.FromNft(statements.Split('|'), Network);
        Assert.Equal(culprit, new ForwardWalk(_ => [rule]).FindDrop("forward", drops));
    }
}
