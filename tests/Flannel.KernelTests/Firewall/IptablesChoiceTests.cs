using Xunit;

namespace Flannel.KernelTests.Firewall;

/// <summary>A host, or an image, that has both variants of iptables and no program named iptables.</summary>
public sealed class IptablesChoiceTests
{
    private static readonly string[] Plain = [.. from name in new[] { "iptables", "ip6tables" } from end in new[] { "", "-save", "-restore" } select name + end];

    [Theory]
    [InlineData("nft", "*nat\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\nCOMMIT\n")]
    [InlineData("legacy", "*nat\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\nCOMMIT\n")]
    [InlineData("nft", "*filter\n-A FORWARD -s 10.9.0.0/16 -j ACCEPT\nCOMMIT\n")]
    [InlineData("legacy", "*filter\n-A FORWARD -s 10.9.0.0/16 -j ACCEPT\nCOMMIT\n")]
    [InlineData("legacy", "*mangle\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\n")]
    [InlineData("legacy", "*mangle\n:KUBE-KUBELET-CANARY - [0:0]\nCOMMIT\n")]
    public async Task The_variant_that_other_programs_use_gets_the_rules(string variant, string rules)
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft) { Missing = Plain };
        await host.RunAsync($"iptables-{variant}-restore --noflush", rules);

        await host.StartAsync(GuardedHost.V4);

        Assert.Equal(variant, await VariantOfOursAsync(host));
        Assert.DoesNotContain(host.Lines, line => line.Contains("point the alternative", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("nft", "legacy")]
    public async Task The_newer_variant_gets_them_when_there_is_nothing_to_choose_by(params string[] used)
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft) { Missing = Plain };
        foreach (var variant in used)
        {
            await host.RunAsync($"iptables-{variant}-restore --noflush", "*nat\n-A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE\nCOMMIT\n");
        }

        await host.StartAsync(GuardedHost.V4);

        Assert.Equal("nft", await VariantOfOursAsync(host));
    }

    [Fact]
    public async Task A_host_with_one_variant_uses_it()
    {
        await using var host = new GuardedHost(FirewallKind.IptablesOnNft) { Missing = [.. Plain, "iptables-nft"] };
        await host.StartAsync(GuardedHost.V4);
        Assert.Equal("legacy", await VariantOfOursAsync(host));
    }

    private static async Task<string> VariantOfOursAsync(GuardedHost host)
    {
        var holders = new List<string>();
        foreach (var variant in new[] { "nft", "legacy" })
        {
            if ((await host.RunAsync($"iptables-{variant}-save")).Contains("FLANNEL-POSTRTG", StringComparison.Ordinal))
            {
                holders.Add(variant);
            }
        }

        return Assert.Single(holders);
    }
}
