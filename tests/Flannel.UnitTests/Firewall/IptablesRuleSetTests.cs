using System.Globalization;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.UnitTests.Firewall;

public sealed class IptablesRuleSetTests
{
    private static readonly IptablesRuleSet Masquerade =
        MasqueradeRules.Iptables(new LocalNetwork(Cidr.Parse("10.5.0.0/16"), Cidr.Parse("10.5.7.1/24")), fullyRandom: true);

    private static readonly IptablesRuleSet Other =
        MasqueradeRules.Iptables(new LocalNetwork(Cidr.Parse("10.6.0.0/16"), Cidr.Parse("10.6.7.1/24")), fullyRandom: true);

    private static readonly IReadOnlyList<string> Installation = Masquerade.Repair(IptablesTable.Empty("nat"));

    [Fact(DisplayName = "J1 tearing down deletes the 7 masquerade rules in order, in one transaction")]
    public void J1_tearing_down_deletes_the_seven_rules_in_order()
    {
        var set = MasqueradeRules.Iptables(new LocalNetwork(Cidr.Parse("10.0.1.0/16"), Cidr.Parse("192.168.0.0/16")), fullyRandom: false);
        var present = Applied(IptablesTable.Empty("nat"), set.Repair(IptablesTable.Empty("nat")));

        Assert.Equal(
            """
            *nat
            -D POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
            -D FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
            -D FLANNEL-POSTRTG -s 192.168.0.0/16 -d 10.0.0.0/16 -m comment --comment "flanneld masq" -j RETURN
            -D FLANNEL-POSTRTG -s 10.0.0.0/16 -d 192.168.0.0/16 -m comment --comment "flanneld masq" -j RETURN
            -D FLANNEL-POSTRTG ! -s 10.0.0.0/16 -d 192.168.0.0/16 -m comment --comment "flanneld masq" -j RETURN
            -D FLANNEL-POSTRTG -s 10.0.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE
            -D FLANNEL-POSTRTG ! -s 10.0.0.0/16 -d 10.0.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE
            -X FLANNEL-POSTRTG
            COMMIT

            """,
            IptablesRestore.Block("nat", set.Remove(present)));
    }

    [Theory(DisplayName = "J2, J4 hand-made rules are deleted in order")]
    [InlineData("-s 127.0.0.1/32 -d 127.0.0.1/32 -j RETURN", "-s 127.0.0.1/32 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully")]
    [InlineData("-s fc00::/48 -m comment --comment \"flanneld masq\" -j RETURN", "-s fc00::/48 ! -d ff00::/8 -m comment --comment \"flanneld masq\" -j MASQUERADE")]
    public void J2_J4_hand_made_rules_are_deleted_in_order(string first, string second)
    {
        foreach (var (table, chain) in new[] { ("filter", "INPUT"), ("nat", "POSTROUTING") })
        {
            var set = new IptablesRuleSet(table, "OURS", "ours", [new(chain, first), new(chain, second)]);
            Assert.Equal([$"-D {chain} {first}", $"-D {chain} {second}"], set.Remove(Applied(IptablesTable.Empty(table), set.Rules.Select(rule => rule.Add))));
        }
    }

    [Fact(DisplayName = "J3 the first installation appends all; over rules out of order each is deleted and appended, in order")]
    public void J3_rules_out_of_order_are_deleted_and_appended_in_pairs()
    {
        IptablesRule[] rules = [new("INPUT", "-s 10.0.0.1/32 -j ACCEPT"), new("INPUT", "-s 10.0.0.2/32 -j ACCEPT")];
        var set = new IptablesRuleSet("filter", "OURS", "ours", rules);

        Assert.Equal([rules[0].Add, rules[1].Add], set.Repair(IptablesTable.Empty("filter")));
        Assert.Equal(
            [rules[0].Delete, rules[0].Add, rules[1].Delete, rules[1].Add],
            set.Repair(Applied(IptablesTable.Empty("filter"), [rules[1].Add, rules[0].Add])));
    }

    [Theory(DisplayName = "J5, J6 beside a rule of others all of ours are appended, and a second look finds nothing to do")]
    [InlineData("10.5.0.0/16", "10.5.7.0/24", "-s 192.168.1.1/32 -j MASQUERADE")]
    [InlineData("fd00:5::/48", "fd00:5:0:7::/64", "-s fd00:9::1/128 -j MASQUERADE")]
    public void J5_J6_a_second_look_finds_nothing_to_do(string network, string subnet, string other)
    {
        var set = MasqueradeRules.Iptables(new LocalNetwork(Cidr.Parse(network), Cidr.Parse(subnet)), fullyRandom: true);
        var before = Applied(IptablesTable.Empty("nat"), [$"-A POSTROUTING {other}"]);

        var lines = set.Repair(before);
        var after = Applied(before, lines);

        Assert.Equal([":FLANNEL-POSTRTG - [0:0]", .. set.Rules.Select(rule => rule.Add)], lines);
        Assert.Contains(new IptablesRule("POSTROUTING", other), after.Rules);
        Assert.Empty(set.Repair(after));
    }

    [Fact(DisplayName = "J7 a block names its table, keeps comments in double quotes and ends with COMMIT and a newline")]
    public void J7_a_block_is_what_iptables_restore_reads() => Assert.Equal(
        """
        *filter
        -A INPUT -s 127.0.0.1/32 -m comment --comment "flanneld masq" -j RETURN
        -A INPUT -d 127.0.0.1/32 -j ACCEPT
        COMMIT

        """,
        IptablesRestore.Block("filter", ["-A INPUT -s 127.0.0.1/32 -m comment --comment \"flanneld masq\" -j RETURN", "-A INPUT -d 127.0.0.1/32 -j ACCEPT"]));

    [Fact(DisplayName = "J9 two of the rules present: all are back in order")]
    public void J9_whatever_two_rules_are_present_all_are_back_in_order()
    {
        for (var first = 0; first < Masquerade.Rules.Count; first++)
        {
            for (var second = 0; second < Masquerade.Rules.Count; second++)
            {
                var present = Applied(IptablesTable.Empty("nat"), [Masquerade.Rules[first].Add, Masquerade.Rules[second].Add]);
                Assert.Equal(Masquerade.Rules, Applied(present, Masquerade.Repair(present)).Rules);
            }
        }
    }

    [Fact]
    public void A_jump_that_is_right_stays_where_it_is_when_the_chain_is_damaged()
    {
        var installed = Applied(IptablesTable.Empty("nat"), [.. Installation, "-A POSTROUTING -j LATER"]);
        var lines = Masquerade.Repair(Applied(installed, [Masquerade.Rules[3].Delete]));

        Assert.DoesNotContain(lines, line => line.Contains("POSTROUTING", StringComparison.Ordinal));
        Assert.Equal(":FLANNEL-POSTRTG - [0:0]", lines[0]);
    }

    [Fact]
    public void A_doubled_jump_is_deleted_twice_and_appended_once()
    {
        var jump = Masquerade.Rules[0];
        var lines = Masquerade.Repair(Applied(IptablesTable.Empty("nat"), [.. Installation, jump.Add]));

        Assert.Equal([jump.Delete, jump.Delete, jump.Add], lines.Where(line => line.Contains(" POSTROUTING ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rules_of_the_original_before_it_had_a_chain_and_jumps_elsewhere_are_removed()
    {
        string[] strays = ["-A POSTROUTING -s 10.5.0.0/16 -d 10.5.0.0/16 -m comment --comment \"flanneld masq\" -j RETURN", "-A OUTPUT -j FLANNEL-POSTRTG"];
        var present = Applied(IptablesTable.Empty("nat"), [.. Installation, .. strays]);

        Assert.Equal(Masquerade.Rules, Applied(present, Masquerade.Repair(present)).Rules);
    }

    [Fact]
    public void A_chain_whose_name_begins_like_ours_is_not_ours()
    {
        var present = Applied(IptablesTable.Empty("nat"), ["-A POSTROUTING -j FLANNEL-POSTRTG-2", "-A POSTROUTING -m comment --comment \"flanneld masquerade\" -j RETURN"]);
        Assert.Empty(MasqueradeRules.None.Remove(present));
        Assert.True(MasqueradeRules.None.HasOthers(present));
    }

    [Fact]
    public void Rules_of_two_networks_in_one_chain_are_placed_so_that_neither_daemon_finds_anything_to_do()
    {
        var installed = Applied(IptablesTable.Empty("nat"), Installation);
        var lines = Other.Repair(installed);
        var both = Applied(installed, lines);

        Assert.Empty(Other.Repair(both));
        Assert.Empty(Masquerade.Repair(both));
        Assert.Equal(Masquerade.Rules.Count + Other.Rules.Count - 2, both.Rules.Count); // one jump and one rule for the mark serve both
        Assert.DoesNotContain(lines, line => line.StartsWith(':') || line.Contains("10.5.", StringComparison.Ordinal));
        var targets = both.RulesOf("FLANNEL-POSTRTG").Select(rule => rule.Spec.Contains("-j RETURN", StringComparison.Ordinal)).ToList();
        Assert.Equal(targets.OrderDescending(), targets);
    }

    [Fact]
    public void Whatever_rule_is_lost_doubled_or_moved_each_of_two_daemons_mends_its_own_and_both_come_to_rest()
    {
        var installed = Applied(IptablesTable.Empty("nat"), Installation);
        var both = Applied(installed, Other.Repair(installed));
        foreach (var rule in both.Rules)
        {
            foreach (string[] damage in new string[][] { [rule.Delete], [rule.Add], [rule.Delete, rule.Add] })
            {
                var table = Applied(both, damage);
                foreach (var set in new[] { Masquerade, Other, Masquerade })
                {
                    table = Applied(table, set.Repair(table));
                }

                Assert.Empty(Masquerade.Repair(table));
                Assert.Empty(Other.Repair(table));
                Assert.Equal(both.Rules.Order(ByText), table.Rules.Order(ByText));
            }
        }
    }

    [Fact]
    public void An_earlier_subnet_of_the_network_goes_and_rules_of_another_network_stay_wherever_they_are()
    {
        var earlier = MasqueradeRules.Iptables(new LocalNetwork(Cidr.Parse("10.5.0.0/16"), Cidr.Parse("10.5.99.0/24")), fullyRandom: false);
        var stray = "-A POSTROUTING -s 10.9.0.0/16 -d 10.9.0.0/16 -m comment --comment \"flanneld masq\" -j RETURN";
        var present = Applied(IptablesTable.Empty("nat"), [.. earlier.Repair(IptablesTable.Empty("nat")), stray]);
        present = Applied(present, Other.Repair(present));

        var after = Applied(present, Masquerade.Repair(present));

        Assert.Equal(Masquerade.Rules.Union(Other.Rules).Select(rule => rule.Add).Append(stray).Order(), after.Rules.Select(rule => rule.Add).Order());
    }

    [Fact]
    public void Removing_the_rules_of_one_network_leaves_those_of_the_other_complete()
    {
        var installed = Applied(IptablesTable.Empty("nat"), Installation);
        var both = Applied(installed, Other.Repair(installed));

        var rest = Applied(both, (MasqueradeRules.None with { Claim = Masquerade.Claim }).Remove(both));

        Assert.Equal(Other.Rules.Order(ByText), rest.Rules.Order(ByText));
        Assert.Empty(Other.Repair(rest));
    }

    private static Comparer<IptablesRule> ByText { get; } = Comparer<IptablesRule>.Create((a, b) => string.CompareOrdinal(a.Add, b.Add));

    // What iptables-restore --noflush does with the lines.
    private static IptablesTable Applied(IptablesTable table, IEnumerable<string> lines)
    {
        var chains = table.Chains.ToDictionary();
        var rules = table.Rules.ToList();
        foreach (var words in lines.Select(line => line.Split(' ', 3)))
        {
            switch (words[0])
            {
                case "-A":
                    rules.Add(new IptablesRule(words[1], words[2]));
                    break;
                case "-D":
                    Assert.True(rules.Remove(new IptablesRule(words[1], words[2])), $"bad rule: does a matching rule exist: {string.Join(' ', words)}");
                    break;
                case "-I":
                    var (position, spec) = (int.Parse(words[2].Split(' ', 2)[0], CultureInfo.InvariantCulture), words[2].Split(' ', 2)[1]);
                    var successor = rules.Where(rule => rule.Chain == words[1]).ElementAtOrDefault(position - 1);
                    rules.Insert(successor is null ? rules.Count : rules.IndexOf(successor), new IptablesRule(words[1], spec));
                    break;
                default:
                    Assert.StartsWith(":", words[0], StringComparison.Ordinal);
                    chains[words[0][1..]] = "-";
                    rules.RemoveAll(rule => rule.Chain == words[0][1..]);
                    break;
            }
        }

        return new IptablesTable(table.Name, chains, rules);
    }
}
