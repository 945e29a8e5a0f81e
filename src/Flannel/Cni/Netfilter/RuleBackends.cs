using Flannel.Linux;

namespace Flannel.Cni.Netfilter;

/// <summary>The names of the backends in a configuration, and the choice where it names none.</summary>
internal static class RuleBackends
{
    public const string Iptables = "iptables";
    public const string Nftables = "nftables";

    /// <summary>The backend of a configuration. Where it names none: iptables, unless that does not work on this host and nft is there.</summary>
    /// <param name="configured">Null where the configuration names none.</param>
    /// <param name="variant">See <see cref="NatTable"/>.</param>
    /// <returns>Null for a name that means nothing.</returns>
    public static RuleBackend? Choose(string? configured, string variant = "") => configured switch
    {
        Iptables => RuleBackend.Iptables,
        Nftables => RuleBackend.Nftables,
        null => !new NatTable(isIPv6: false, variant).Works && Tool.Find(NftScript.Program) is not null ? RuleBackend.Nftables : RuleBackend.Iptables,
        _ => null,
    };
}
