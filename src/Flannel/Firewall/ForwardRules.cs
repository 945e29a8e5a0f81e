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

    public static IptablesRuleSet Iptables(LocalNetwork local) => None with
    {
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
        return new NftChain("forward", "filter", "forward", 0, "accept",
        [
            $"{family} saddr {local.Network} accept",
            $"{family} daddr {local.Network} accept",
        ], "chain to accept flannel traffic");
    }

    private static string Spec(string match, string target) => $"{match}-m comment --comment \"{Comment}\" -j {target}";
}
