using Flannel.Firewall;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class InstallTests
{
    [Theory]
    [InlineData(FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.IptablesLegacy)]
    public async Task Iptables_shows_the_rules_of_both_families_word_for_word(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);

        foreach (var (program, local) in new[] { ("iptables-save", GuardedHost.V4), ("ip6tables-save", GuardedHost.V6) })
        {
            var rules = (await host.RunAsync(program)).Split('\n').Where(line => line.StartsWith("-A ", StringComparison.Ordinal)).Order();
            var expected = MasqueradeRules.Iptables(local, fullyRandom: true).Rules.Concat(ForwardRules.Iptables(local).Rules).Select(rule => rule.Add).Order();
            Assert.Equal(expected, rules);
        }
    }

    [Fact(DisplayName = "P nft lists the tables as traffic-manager.md §3 has them")]
    public async Task P_nft_lists_the_tables()
    {
        await using var host = new GuardedHost(FirewallKind.Nftables);
        await host.Keeper(GuardedHost.V4).InstallAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            """
            table ip flannel-ipv4 {
            	comment "rules for flannel-ipv4"
            	chain postrtg {
            		comment "chain to manage traffic masquerading by flannel"
            		type nat hook postrouting priority srcnat; policy accept;
            		meta mark 0x00004000 return
            		ip saddr 10.5.7.0/24 ip daddr 10.5.0.0/16 return
            		ip saddr 10.5.0.0/16 ip daddr 10.5.7.0/24 return
            		ip saddr != 10.5.7.0/24 ip daddr 10.5.0.0/16 return
            		ip saddr 10.5.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
            		ip saddr != 10.5.0.0/16 ip daddr 10.5.0.0/16 masquerade fully-random
            	}

            	chain forward {
            		comment "chain to accept flannel traffic"
            		type filter hook forward priority filter; policy accept;
            		ip saddr 10.5.0.0/16 accept
            		ip daddr 10.5.0.0/16 accept
            	}
            }
            table ip6 flannel-ipv6 {
            	comment "rules for flannel-ipv6"
            }

            """,
            await host.RunAsync("nft list ruleset"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_second_start_writes_nothing(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);
        var transactions = host.Transactions;
        await host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);

        Assert.Equal(kind == FirewallKind.Nftables ? 2 : 4, transactions);
        Assert.Equal(transactions, host.Transactions);
    }

    [Theory]
    [InlineData(FirewallKind.Nftables, "nft", "nft not found in PATH; install the package nftables (Debian, Ubuntu) or nftables (RHEL, Fedora)")]
    [InlineData(FirewallKind.IptablesOnNft, "iptables", "iptables not found in PATH; install the package iptables (Debian, Ubuntu) or iptables-nft (RHEL, Fedora)")]
    [InlineData(FirewallKind.IptablesLegacy, "ip6tables-restore", "ip6tables-restore not found in PATH; install the package iptables (Debian, Ubuntu) or iptables-nft (RHEL, Fedora)")]
    public async Task A_missing_program_is_named_with_its_package(FirewallKind kind, string program, string message)
    {
        await using var host = new GuardedHost(kind) { Missing = [program, $"{program}-nft", $"{program}-legacy"] };
        var failure = await Assert.ThrowsAsync<FirewallException>(
            () => host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken));
        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public async Task Without_masquerading_a_missing_program_is_a_line_in_the_log()
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft) { Missing = ["iptables-save"], Options = new FirewallOptions() };
        await host.Keeper(GuardedHost.V4).InstallAsync(TestContext.Current.CancellationToken);
        Assert.Contains(host.Lines, line => line.StartsWith("Error: cannot install the forward rules: iptables-save not found in PATH", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_plan_of_a_removal_names_what_goes_and_the_removal_does_it(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind);
        await host.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);
        var cleanup = host.Keeper();

        var plan = await cleanup.PlanRemovalAsync(TestContext.Current.CancellationToken);
        await cleanup.RemoveAsync(TestContext.Current.CancellationToken);

        string[] expected = kind == FirewallKind.Nftables
            ? ["nft delete table ip flannel-ipv4", "nft delete table ip6 flannel-ipv6"]
            : ["iptables -t nat -X FLANNEL-POSTRTG", "ip6tables -t filter -X FLANNEL-FWD"];
        Assert.All(expected, line => Assert.Contains(line, plan));
        Assert.DoesNotContain("flannel", await host.RulesAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await cleanup.PlanRemovalAsync(TestContext.Current.CancellationToken));
    }

    public static TheoryData<FirewallKind> Kinds() => [.. Enum.GetValues<FirewallKind>()];
}
