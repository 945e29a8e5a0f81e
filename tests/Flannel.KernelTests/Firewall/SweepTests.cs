using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class SweepTests
{
    [Theory]
    [MemberData(nameof(InstallTests.Kinds), MemberType = typeof(InstallTests))]
    public async Task Rules_of_an_earlier_network_and_family_are_gone_and_those_of_others_stay(FirewallKind kind)
    {
        await using var host = new GuardedHost(kind) { EarlierNetworks = [Cidr.Parse("10.77.0.0/16"), GuardedHost.V6.Network] };
        await host.RunAsync("iptables-restore --noflush", "*nat\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\nCOMMIT\n");
        await host.Keeper(new LocalNetwork(Cidr.Parse("10.77.0.0/16"), Cidr.Parse("10.77.3.0/24")), GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);
        await host.StartAsync(GuardedHost.V4);

        await Eventually.BecomesAsync(
            host.RulesAsync,
            rules => !rules.Contains("10.77.", StringComparison.Ordinal) && !rules.Contains("fd00:5:", StringComparison.Ordinal) &&
                rules.Contains("10.5.7.0/24", StringComparison.Ordinal));
        Assert.Contains("-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE", await host.RunAsync("iptables-save"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FirewallKind.IptablesOnNft, FirewallKind.Nftables)]
    [InlineData(FirewallKind.IptablesLegacy, FirewallKind.Nftables)]
    [InlineData(FirewallKind.Nftables, FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.Nftables, FirewallKind.IptablesLegacy)]
    [InlineData(FirewallKind.IptablesLegacy, FirewallKind.IptablesOnNft)]
    [InlineData(FirewallKind.IptablesOnNft, FirewallKind.IptablesLegacy)]
    public async Task A_switch_leaves_nothing_of_the_other_side(FirewallKind before, FirewallKind after)
    {
        await using var earlier = new GuardedHost(before);
        await using var host = new GuardedHost(after, earlier);
        await earlier.Keeper(GuardedHost.V4, GuardedHost.V6).InstallAsync(TestContext.Current.CancellationToken);
        Assert.Contains("10.5.7.0/24", await earlier.RulesAsync(), StringComparison.Ordinal);

        await host.StartAsync(GuardedHost.V4, GuardedHost.V6);

        await Eventually.BecomesAsync(
            () => before == FirewallKind.Nftables ? host.RunAsync("nft list tables") : earlier.RulesAsync(),
            rules => !rules.Contains("flannel", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("10.5.7.0/24", await host.RulesAsync(), StringComparison.Ordinal);
    }
}
