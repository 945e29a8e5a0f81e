using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Firewall;

/// <summary>Two daemons keep rules in one network namespace, each for a network of its own.</summary>
public sealed class TwoNetworksTests
{
    private static readonly LocalNetwork Other4 = new(Cidr.Parse("10.6.0.0/16"), Cidr.Parse("10.6.7.0/24"));
    private static readonly LocalNetwork Other6 = new(Cidr.Parse("fd00:6::/48"), Cidr.Parse("fd00:6:0:7::/64"));

    public static TheoryData<FirewallKind, FirewallKind> Pairs { get; } =
    [
        .. from one in Enum.GetValues<FirewallKind>()
           from other in Enum.GetValues<FirewallKind>()
           select new TheoryDataRow<FirewallKind, FirewallKind>(one, other),
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Both_have_their_rules_whoever_starts_later_or_anew(FirewallKind one, FirewallKind other)
    {
        await using var first = new GuardedHost(one);
        await using var second = new GuardedHost(other, first);
        await first.StartAsync(GuardedHost.V4, GuardedHost.V6);
        await second.StartAsync(Other4, Other6);
        await BecomeRightAsync(first, second);

        await using (var again = new GuardedHost(one, first))
        {
            await again.StartAsync(GuardedHost.V4, GuardedHost.V6);
            await BecomeRightAsync(first, second);
        }
    }

    [Theory]
    [InlineData(FirewallKind.Nftables, "nft flush ruleset")]
    [InlineData(FirewallKind.IptablesOnNft, "nft flush ruleset")]
    [InlineData(FirewallKind.IptablesOnNft, "iptables -F;iptables -t nat -F")]
    [InlineData(FirewallKind.IptablesOnNft, "ip6tables-restore")]
    [InlineData(FirewallKind.IptablesLegacy, "iptables-restore")]
    public async Task After_a_flush_of_everything_both_have_their_rules_again_at_once(FirewallKind kind, string flush)
    {
        await using var first = new GuardedHost(kind);
        await using var second = new GuardedHost(kind, first);
        await first.StartAsync(GuardedHost.V4, GuardedHost.V6);
        await second.StartAsync(Other4, Other6);
        await BecomeRightAsync(first, second);

        foreach (var command in flush.Split(';'))
        {
            // An empty table is restored in one transaction: the daemons are quick enough to come between the removal of rules and that of their chains.
            await first.RunAsync(command, command.EndsWith("-restore", StringComparison.Ordinal) ? "*filter\nCOMMIT\n*nat\nCOMMIT\n" : null);
        }

        await BecomeRightAsync(first, second, TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData(FirewallKind.Nftables)]
    [InlineData(FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.IptablesLegacy)]
    public async Task The_network_of_the_other_daemon_is_named_once(FirewallKind kind)
    {
        await using var first = new GuardedHost(kind);
        await using var second = new GuardedHost(kind, first);
        await first.StartAsync(GuardedHost.V4, GuardedHost.V6);
        await second.StartAsync(Other4, Other6);

        await Eventually.IsTrueAsync(() => second.Lines.Any(line => line.Contains("shared with network 10.5.0.0/16", StringComparison.Ordinal)));
        await BecomeRightAsync(first, second);
        var named = second.Lines.Where(line => line.Contains("shared with network", StringComparison.Ordinal)).ToList();
        Assert.Equal(named.Distinct(), named);
        Assert.DoesNotContain(second.Lines, line => line.Contains("again and again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(FirewallKind.Nftables)]
    [InlineData(FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.IptablesLegacy)]
    public async Task A_cleanup_takes_the_rules_of_all_networks(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);
        await host.Keeper(Other4, Other6).InstallAsync(TestContext.Current.CancellationToken);
        Assert.Contains("10.5.7.0/24", await host.RulesAsync(), StringComparison.Ordinal);
        Assert.Contains("10.6.7.0/24", await host.RulesAsync(), StringComparison.Ordinal);

        await host.Keeper().RemoveAsync(TestContext.Current.CancellationToken);

        Assert.DoesNotContain("flannel", await host.RulesAsync(), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task BecomeRightAsync(GuardedHost first, GuardedHost second, TimeSpan? deadline = null)
    {
        await Eventually.BecomesAsync(first.RulesAsync, rules => IsRight(rules, "10.5.", "10.6.", "fd00:5:", "fd00:6:"), deadline);
        await Eventually.BecomesAsync(second.RulesAsync, rules => IsRight(rules, "10.6.", "10.5.", "fd00:6:", "fd00:5:"), deadline);
    }

    // Each rule that names our addresses once, and in no table a translation before a rule that spares packets.
    private static bool IsRight(string rules, string ours4, string others4, string ours6, string others6)
    {
        var tables = rules.Split(["table ", "*"], StringSplitOptions.None).Select(table => table.Split('\n', StringSplitOptions.TrimEntries)).ToList();
        return new[] { (ours4, others4), (ours6, others6) }.All(family =>
        {
            var own = tables.SelectMany(table => table).Where(line => line.Contains(family.Item1, StringComparison.Ordinal)).ToList();
            return own.Count == 7 && own.Distinct().Count() == 7 && tables.TrueForAll(table => IsInOrder(table, family.Item1, family.Item2));
        });
    }

    private static bool IsInOrder(string[] table, string ours, string others)
    {
        var rules = Array.FindAll(table, line => line.Contains(ours, StringComparison.Ordinal) || line.Contains(others, StringComparison.Ordinal));
        var firstTranslation = Array.FindIndex(rules, rule => rule.Contains("masquerade", StringComparison.OrdinalIgnoreCase));
        return firstTranslation < 0 || Array.FindLastIndex(rules, rule => rule.EndsWith("return", StringComparison.OrdinalIgnoreCase)) < firstTranslation;
    }
}
