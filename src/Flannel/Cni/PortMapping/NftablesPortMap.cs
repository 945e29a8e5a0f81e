using Flannel.Cni.Netfilter;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.PortMapping;

/// <summary>
/// Port mappings as the standard plugin writes them with nftables: tables <c>ip cni_hostport</c> and <c>ip6 cni_hostport</c>, whose rules bear the container's identifier as
/// their comment. A container that is in two networks has the rules of both under it.
/// </summary>
internal static class NftablesPortMap
{
    public const string Table = "cni_hostport";
    public const string HostPorts = "hostports";
    public const string Masquerading = "masquerading";

    // Of earlier releases; kept so that either release finds its rules.
    private const string HostIpHostPorts = "hostip_hostports";

    private const string All = "hostports_all";
    private const int DestinationNat = -100;
    private const int SourceNat = 100;

    /// <summary>Every chain that may have rules of containers.</summary>
    public static IReadOnlyList<string> Chains { get; } = [HostPorts, HostIpHostPorts, Masquerading];

    public static NftFamily FamilyOf(bool isIPv6) => isIPv6 ? NftFamily.NFPROTO_IPV6 : NftFamily.NFPROTO_IPV4;

    /// <param name="config">What is mapped.</param>
    /// <param name="container">Its address.</param>
    /// <param name="stale">Rules of an earlier attempt, each with its chain.</param>
    public static NftScript Script(PortmapConfig config, Cidr container, IEnumerable<(string Chain, NftRuleHandle Rule)> stale)
    {
        var leading = string.Concat(config.Conditions(container.IsIPv6).Select(word => word + " ")) + $"fib daddr type local jump {All}";
        var script = new NftScript(FamilyOf(container.IsIPv6), Table, "CNI portmap plugin")
            .Chain(HostPorts)
            .Chain(HostIpHostPorts)
            .Chain(All)
            .Exactly(All, $"jump {HostIpHostPorts}", $"jump {HostPorts}")
            .Hook("prerouting", "prerouting", DestinationNat, leading)
            .Hook("output", "output", DestinationNat, leading);
        if (config.MasqueradesLocal)
        {
            script.BaseChain(Masquerading, "postrouting", SourceNat);
        }

        foreach (var (chain, rule) in stale)
        {
            script.Delete(chain, rule);
        }

        foreach (var rule in TranslationsOf(config, container))
        {
            script.Rule(HostPorts, rule, config.ContainerId);
        }

        foreach (var rule in MasqueradesOf(config, container))
        {
            script.Rule(Masquerading, rule, config.ContainerId);
        }

        return script;
    }

    /// <summary>The container's rules in <see cref="HostPorts"/>.</summary>
    public static IEnumerable<string> TranslationsOf(PortmapConfig config, Cidr container) =>
        from mapping in config.Mappings
        where mapping.Concerns(container.IsIPv6)
        let match = mapping.Destination is { } host ? $"{(container.IsIPv6 ? "ip6" : "ip")} daddr {host} " : ""
        select $"{match}{mapping.Protocol} dport {mapping.HostPortText} dnat to {mapping.TargetAt(container)}";

    /// <summary>Its rules in <see cref="Masquerading"/>: for itself and for the host, or for everybody.</summary>
    public static IReadOnlyList<string> MasqueradesOf(PortmapConfig config, Cidr container)
    {
        var address = container.Address;
        return (config.MasqueradesLocal, config.MasqueradesAll, container.IsIPv6) switch
        {
            (false, _, _) => [],
            (true, true, true) => [$"ip6 saddr ::/0 ip6 daddr {address} masquerade"],
            (true, true, false) => [$"ip saddr 0.0.0.0/0 ip daddr {address} masquerade"],
            (true, false, true) => [$"ip6 saddr {address} ip6 daddr {address} masquerade"],
            (true, false, false) => [$"ip saddr {address} ip daddr {address} masquerade", $"ip saddr 127.0.0.1 ip daddr {address} masquerade"],
        };
    }
}
