using System.Globalization;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class RepairTests
{
    private const string MasqueradeJump = "POSTROUTING -m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG";
    private const string ForwardJump = "FORWARD -m comment --comment \"flanneld forward\" -j FLANNEL-FWD";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    [Theory]
    [MemberData(nameof(IptablesDamages))]
    public async Task Damaged_iptables_rules_come_back(FirewallKind kind, string restore, string damage)
    {
        await using var host = new GuardedHost(kind);
        await host.RunAsync("iptables-restore --noflush", "*nat\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\nCOMMIT\n");
        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);
        var before = await host.RulesAsync();

        await host.RunAsync($"{restore} --noflush", damage.Replace(';', '\n') + "\nCOMMIT\n");

        await Eventually.BecomesAsync(host.RulesAsync, rules => rules == before, Deadline);
    }

    [Theory]
    [InlineData("nft delete table ip nat")]
    [InlineData("nft delete table ip6 filter")]
    [InlineData("nft flush ruleset")]
    [InlineData("nft flush table ip filter")]
    public async Task Iptables_rules_come_back_after_nft_destroyed_their_table(string damage)
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft);
        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);
        var before = await host.RulesAsync();

        await host.RunAsync(damage);

        await Eventually.BecomesAsync(host.RulesAsync, rules => Sorted(rules) == Sorted(before), Deadline);
    }

    [Theory]
    [InlineData("flush chain ip flannel-ipv4 postrtg")]
    [InlineData("delete chain ip6 flannel-ipv6 forward")]
    [InlineData("delete table ip flannel-ipv4")]
    [InlineData("flush ruleset")]
    [InlineData("insert rule ip flannel-ipv4 forward ip saddr 10.5.0.0/16 drop")]
    [InlineData("add rule ip flannel-ipv4 postrtg meta mark 0x4000 return")]
    [InlineData("add chain ip flannel-ipv4 foreign")]
    [InlineData("chain ip6 flannel-ipv6 forward { policy drop; }")]
    [InlineData("flush chain ip flannel-ipv4 forward\nadd rule ip flannel-ipv4 forward ip daddr 10.5.0.0/16 accept\nadd rule ip flannel-ipv4 forward ip saddr 10.5.0.0/16 accept")]
    public async Task Damaged_nftables_rules_come_back(string damage)
    {
        await using var host = new GuardedHost(FirewallKind.Nftables);
        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);
        var before = await host.RulesAsync();

        await host.RunAsync("nft -f -", damage + "\n");

        await Eventually.BecomesAsync(host.RulesAsync, rules => Sorted(rules) == Sorted(before), Deadline);
    }

    [Theory]
    [InlineData(FirewallKind.Nftables, "nft add rule ip flannel-ipv4 forward accept", 2)]
    [InlineData(FirewallKind.IptablesOnNft, "iptables -F FLANNEL-FWD", 4)]
    public async Task A_repair_is_one_transaction_and_the_own_announcement_causes_no_other(FirewallKind kind, string damage, int installed)
    {
        await using var host = new GuardedHost(kind);
        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);
        var before = await host.RulesAsync();
        await host.RunAsync(damage);
        await Eventually.BecomesAsync(host.RulesAsync, rules => Sorted(rules) == Sorted(before));

        // Damage to the other family is a fence: its repair is done after the announcements of the first were dealt with.
        for (var fence = 1; fence <= 3; fence++)
        {
            await host.RunAsync(damage
                .Replace("iptables", "ip6tables", StringComparison.Ordinal)
                .Replace("ip flannel-ipv4", "ip6 flannel-ipv6", StringComparison.Ordinal));
            await Eventually.BecomesAsync(host.RulesAsync, rules => Sorted(rules) == Sorted(before));
            Assert.Equal(installed + 1 + fence, host.Transactions);
        }
    }

    [Fact]
    public async Task The_chains_of_a_service_proxy_cost_nothing()
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft);
        await host.RunAsync("iptables -I FORWARD -j DROP");
        await host.StartAsync(GuardedHost.V4);
        // The survey comes last of what a start reads.
        await Eventually.IsTrueAsync(() => host.Lines.Any(line => line.Contains("drops", StringComparison.Ordinal)));
        await SettleAsync(host);
        var readings = host.Readings;
        for (var sync = 0; sync < 20; sync++)
        {
            await host.RunAsync(
                "iptables-restore --noflush",
                $"*nat\n:KUBE-SVC-{sync} - [0:0]\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -d 10.96.0.{sync} -j KUBE-SVC-{sync}\nCOMMIT\n");
        }

        await SettleAsync(host);
        Assert.InRange(host.Readings - readings, 1, 4);
    }

    [Fact]
    public async Task A_held_lock_is_waited_for_and_reported_once()
    {
        var path = Path.GetTempFileName();
        try
        {
            await using var host = new GuardedHost(FirewallKind.IptablesLegacy) { LockFile = path };
            await host.StartAsync(GuardedHost.V4);
            var before = await host.RulesAsync();
            await host.RunAsync("iptables -F FLANNEL-FWD");
            await using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                await Eventually.IsTrueAsync(() => host.Lines.Any(line => line.Contains("xtables lock", StringComparison.Ordinal)));
            }

            await Eventually.BecomesAsync(host.RulesAsync, rules => rules == before);
            Assert.Single(host.Lines, line => line.Contains("xtables lock", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_program_that_fights_is_named_once_and_repaired_less_often()
    {
        await using var host = new GuardedHost(FirewallKind.Nftables);
        await host.StartAsync(GuardedHost.V4);
        await Eventually.IsTrueAsync(async () =>
        {
            await host.RunAsync("nft -f -", "add table ip flannel-ipv4\ndelete table ip flannel-ipv4\n");
            return host.Lines.Any(line => line.Contains("again and again", StringComparison.Ordinal));
        });
        var transactions = host.Transactions;
        await Eventually.IsTrueAsync(async () =>
        {
            await host.RunAsync("nft -f -", "add table ip flannel-ipv4\ndelete table ip flannel-ipv4\n");
            return host.Transactions == transactions + 2;
        });

        Assert.Single(host.Lines, line => line.Contains("again and again", StringComparison.Ordinal));
        Assert.Equal(5, host.Lines.Count(line => line.Contains("ip flannel-ipv4: rules were missing or changed", StringComparison.Ordinal)));
    }

    // Every read that earlier announcements cause is done when the look at a doubled rule is.
    private static async Task SettleAsync(GuardedHost host)
    {
        var transactions = host.Transactions;
        await host.RunAsync("iptables -t nat -A POSTROUTING -m comment --comment mine -j FLANNEL-POSTRTG");
        await Eventually.IsTrueAsync(() => host.Transactions > transactions);
    }

    // nft lists chains in the order of their making, and iptables-save its tables.
    private static string Sorted(string rules)
    {
        var blocks = rules.Split(["table ", "*"], StringSplitOptions.None).Select(block => string.Join('\n', block.Split("chain ").Order(StringComparer.Ordinal)));
        return string.Join('\n', blocks.Order(StringComparer.Ordinal)).Trim().ToLower(CultureInfo.InvariantCulture);
    }

    public static TheoryData<FirewallKind, string, string> IptablesDamages()
    {
        string[] nat =
        [
            "-D FLANNEL-POSTRTG 3", "-F FLANNEL-POSTRTG", $"-D {MasqueradeJump}", $"-A {MasqueradeJump}", $"-D {MasqueradeJump};-F FLANNEL-POSTRTG;-X FLANNEL-POSTRTG",
            "-D FLANNEL-POSTRTG 1;-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment \"flanneld masq\" -j RETURN",
            "-I FLANNEL-POSTRTG -j ACCEPT", "-I POSTROUTING -o lo -j FLANNEL-POSTRTG",
        ];
        string[] filter = ["-D FLANNEL-FWD 1", "-F", $"-D {ForwardJump}", $"-I {ForwardJump}", "-F;-X"];
        return
        [
            .. from kind in new[] { FirewallKind.IptablesOnNft, FirewallKind.IptablesLegacy }
               from program in new[] { "iptables-restore", "ip6tables-restore" }
               from damage in nat.Select(lines => "*nat;" + lines).Concat(filter.Select(lines => "*filter;" + lines))
               select new TheoryDataRow<FirewallKind, string, string>(kind, program, damage),
        ];
    }
}
