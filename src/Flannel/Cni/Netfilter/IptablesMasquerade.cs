using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>The rules of <see cref="PodMasquerade"/> as the standard plugins write them with iptables: a chain for each container and network.</summary>
internal static class IptablesMasquerade
{
    private const string PostRouting = "POSTROUTING";

    private static readonly (string IPv4, string IPv6) Multicast = ("224.0.0.0/4", "ff00::/8");

    /// <param name="network">The <c>name</c> of the configuration.</param>
    /// <param name="containerId">As in <c>CNI_CONTAINERID</c>.</param>
    /// <param name="addresses">Those of one family.</param>
    public static PodChain Chain(string network, string containerId, IReadOnlyList<Cidr> addresses)
    {
        var name = HashedName.Chain("", network, containerId);
        var comment = $"-m comment --comment {IptablesRestore.Word(CommentOf(network, containerId))}";
        List<IptablesRule> rules = [];
        foreach (var address in addresses)
        {
            // Within the subnet nothing is masqueraded. The rule for what remains stands behind the first: the order of the standard plugins.
            Add(rules, new IptablesRule(name, $"-d {address.Network} {comment} -j ACCEPT"));
            Add(rules, new IptablesRule(name, $"! -d {(address.IsIPv6 ? Multicast.IPv6 : Multicast.IPv4)} {comment} -j MASQUERADE"));
        }

        return new PodChain(name)
        {
            Rules = rules,
            Entries = [.. addresses.Select(address => new IptablesRule(PostRouting, $"-s {address.AsHost} {comment} -j {name}"))],
        };
    }

    /// <inheritdoc cref="PodChain.Garbage"/>
    public static IReadOnlyList<string> Garbage(IptablesTable present, string network, IReadOnlyCollection<CniAttachment> valid) =>
        PodChain.Garbage(present, PostRouting, "", network, valid);

    private static string CommentOf(string network, string containerId) => $"name: \"{network}\" id: \"{containerId}\"";

    private static void Add(List<IptablesRule> rules, IptablesRule rule)
    {
        if (!rules.Contains(rule))
        {
            rules.Add(rule);
        }
    }
}
