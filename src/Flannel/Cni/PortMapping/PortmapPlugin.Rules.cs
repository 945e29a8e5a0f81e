using Flannel.Cni.Netfilter;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.PortMapping;

// What is there, and how it goes.
public sealed partial class PortmapPlugin
{
    private void DeleteIptables(PortmapConfig config)
    {
        foreach (var isIPv6 in (bool[])[false, true])
        {
            var table = new NatTable(isIPv6, _variant);
            Cidr? own = null;
            foreach (var address in config.Addresses)
            {
                own = address.IsIPv6 == isIPv6 ? address : own;
            }

            // What the runtime says of the container's addresses saves a look at the other family.
            if (own is null && config.Addresses.Count > 0 || !table.IsInUse || !table.IsInstalled)
            {
                continue;
            }

            if (own is { } known)
            {
                IptablesPortMap.Chain(config, known).Remove(table);
            }
            else
            {
                table.Change(present => PodChain.Removal(present, IptablesPortMap.ChainOf(config), IptablesPortMap.OldChainOf(config)));
            }
        }
    }

    private static void DeleteNftables(PortmapConfig config)
    {
        using var nftables = new NftablesSocket();
        foreach (var isIPv6 in (bool[])[false, true])
        {
            nftables.DeleteRules(
                NftablesPortMap.FamilyOf(isIPv6), NftablesPortMap.Table, NftablesPortMap.Chains, rule => rule.Comment == config.ContainerId);
        }
    }

    private static List<(string Chain, NftRuleHandle Rule)> RulesOf(PortmapConfig config, bool isIPv6)
    {
        List<(string, NftRuleHandle)> rules = [];
        using var nftables = new NftablesSocket();
        foreach (var chain in NftablesPortMap.Chains)
        {
            foreach (var rule in nftables.ListRules(NftablesPortMap.FamilyOf(isIPv6), NftablesPortMap.Table, chain))
            {
                if (rule.Comment == config.ContainerId)
                {
                    rules.Add((chain, rule));
                }
            }
        }

        return rules;
    }

    private string? MissingFromIptables(PortmapConfig config, Cidr address) =>
        IptablesPortMap.Chain(config, address).Missing(new NatTable(address.IsIPv6, _variant)) is { } missing ? $"missing in table nat: {missing}" : null;

    private static string? MissingFromNftables(PortmapConfig config, Cidr address)
    {
        var present = RulesOf(config, address.IsIPv6);
        var (ports, masquerades) = (present.Count(found => found.Chain != NftablesPortMap.Masquerading), present.Count(found => found.Chain == NftablesPortMap.Masquerading));
        return
            ports < NftablesPortMap.TranslationsOf(config, address).Count() ? Missing(NftablesPortMap.HostPorts) :
            masquerades < NftablesPortMap.MasqueradesOf(config, address).Count ? Missing(NftablesPortMap.Masquerading) :
            null;

        static string Missing(string chain) => $"missing hostport rules in \"{chain}\" chain";
    }
}
