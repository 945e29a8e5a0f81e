using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>
/// Which packets get this host's address as their source: those of pods to the outside, and those of hosts to pods elsewhere. Packets marked by
/// the service proxy are left to it, pods talk to pods untouched, and what comes from outside to a pod here or goes to one of the ranges named in
/// the configuration keeps its source.
/// </summary>
internal static class MasqueradeRules
{
    public const string Table = "nat";
    public const string Chain = "FLANNEL-POSTRTG";
    public const string Comment = "flanneld masq";

    // The service proxy's "masquerade this" mark.
    private const string Mark = "0x4000";

    /// <summary>No rules: a set that finds what is there.</summary>
    public static IptablesRuleSet None { get; } = new(Table, Chain, Comment, []);

    /// <summary>The chain of nftables without a rule.</summary>
    public static NftChain NftNone { get; } = new("postrtg", "nat", "postrouting", 100, "accept", [], "chain to manage traffic masquerading by flannel");

    /// <summary>The rules of the chain of nftables that are the same for every network.</summary>
    public static IReadOnlyList<string> NftCommon { get; } = [$"meta mark {Mark} return"];

    public static IptablesRuleSet Iptables(LocalNetwork local, bool fullyRandom)
    {
        var (network, subnet) = (local.Network, local.Subnet);
        var masquerade = fullyRandom ? "MASQUERADE --random-fully" : "MASQUERADE";
        return None with
        {
            Claim = RuleClaim.Of(network, subnet),
            Rules =
            [
                new("POSTROUTING", Spec("", Chain)),
                new(Chain, Spec($"-m mark --mark {Mark}/{Mark} ", "RETURN")),
                new(Chain, Spec($"-s {subnet} -d {network} ", "RETURN")),
                new(Chain, Spec($"-s {network} -d {subnet} ", "RETURN")),
                new(Chain, Spec($"! -s {network} -d {subnet} ", "RETURN")),
                .. Spared(local, range => new IptablesRule(Chain, Spec($"-s {network} -d {range} ", "RETURN"))),
                new(Chain, Spec($"-s {network} ! -d {local.Multicast} ", masquerade)),
                new(Chain, Spec($"! -s {network} -d {network} ", masquerade)),
            ],
        };
    }

    public static NftChain Nftables(LocalNetwork local, bool fullyRandom)
    {
        var family = local.IsIPv6 ? "ip6" : "ip";
        var (network, subnet) = (local.Network, local.Subnet);
        var masquerade = fullyRandom ? "masquerade fully-random" : "masquerade";
        return NftNone with
        {
            Rules =
            [
                .. NftCommon,
                $"{family} saddr {subnet} {family} daddr {network} return",
                $"{family} saddr {network} {family} daddr {subnet} return",
                // iptables has the network and the subnet the other way round here. Kept, so that a mixed cluster treats packets alike.
                $"{family} saddr != {subnet} {family} daddr {network} return",
                .. Spared(local, range => $"{family} saddr {network} {family} daddr {range} return"),
                $"{family} saddr {network} {family} daddr != {local.Multicast} {masquerade}",
                $"{family} saddr != {network} {family} daddr {network} {masquerade}",
            ],
        };
    }

    private static List<T> Spared<T>(LocalNetwork local, Converter<Cidr, T> rule)
        where T : class => new List<Cidr>(local.Unmasqueraded).ConvertAll(rule);

    private static string Spec(string match, string target) => $"{match}-m comment --comment \"{Comment}\" -j {target}";
}
