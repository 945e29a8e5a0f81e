using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Lets packets from and to the cluster network pass where the host's policy is not to forward.</summary>
internal static class ForwardRules
{
    public const string Table = "filter";
    public const string Chain = "FLANNEL-FWD";
    public const string Comment = "flanneld forward";

    /// <inheritdoc cref="MasqueradeRules.None"/>
    public static IptablesRuleSet None { get; } = new(Table, Chain, Comment, []);

    /// <inheritdoc cref="MasqueradeRules.NftNone"/>
    public static NftChain NftNone { get; } = new("forward", "filter", "forward", 0, "accept", [], "chain to accept flannel traffic");

    public static IptablesRuleSet Iptables(LocalNetwork local) => None with
    {
        Claim = RuleClaim.Of(local.Network),
        Rules =
        [
            new("FORWARD", Spec("", Chain)),
            new(Chain, Spec($"-s {local.Network} ", "ACCEPT")),
            new(Chain, Spec($"-d {local.Network} ", "ACCEPT")),
        ],
    };

    public static NftChain Nftables(LocalNetwork local)
    {
        var family = local.IsIPv6 ? "ip6" : "ip";
        return NftNone with { Rules = [$"{family} saddr {local.Network} accept", $"{family} daddr {local.Network} accept"] };
    }

    private static string Spec(string match, string target) => $"{match}-m comment --comment \"{Comment}\" -j {target}";
}
