using System.Globalization;
using Flannel.Cni.Netfilter;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.PortMapping;

/// <summary>
/// Port mappings as the standard plugin writes them with iptables. <c>PREROUTING</c> and <c>OUTPUT</c> send what goes to the host to <c>CNI-HOSTPORT-DNAT</c>, that by
/// port to a chain of the container, and that translates; what has to come back through the host is marked for <c>CNI-HOSTPORT-MASQ</c>.
/// </summary>
internal static class IptablesPortMap
{
    private const string Dnat = "CNI-HOSTPORT-DNAT";
    private const string SetMark = "CNI-HOSTPORT-SETMARK";
    private const string Masquerade = "CNI-HOSTPORT-MASQ";

    // Of the match multiport.
    private const int MostPorts = 15;

    // A longer comment is cut as the standard plugin cuts it.
    private const int CommentLength = 255;
    private const int CutCommentLength = 253;

    private static readonly SharedRule[] Leading =
    [
        new(new IptablesRule("PREROUTING", $"-m addrtype --dst-type LOCAL -j {Dnat}")),
        new(new IptablesRule("OUTPUT", $"-m addrtype --dst-type LOCAL -j {Dnat}")),
    ];

    /// <summary>The container's chain.</summary>
    public static string ChainOf(PortmapConfig config) => HashedName.Chain("DN-", config.Network, config.ContainerId);

    /// <summary>A chain of releases before 0.7 of the standard plugin.</summary>
    public static string OldChainOf(PortmapConfig config) => HashedName.Chain("SN-", config.Network, config.ContainerId);

    /// <param name="config">What is mapped.</param>
    /// <param name="container">Its address with the length of the subnet.</param>
    public static PodChain Chain(PortmapConfig config, Cidr container)
    {
        var name = ChainOf(config);
        var marks = config.MasqueradesLocal && config.ExternalMarkChain is null;
        List<IptablesRule> rules = [];
        foreach (var mapping in config.Mappings)
        {
            if (mapping.Concerns(container.IsIPv6))
            {
                AddRules(rules, config, container, name, mapping);
            }
        }

        return new PodChain(name)
        {
            Rules = rules,
            Entries = Entries(config, container.IsIPv6),
            SharedChains = marks ? [SetMark, Masquerade, Dnat] : [Dnat],
            SharedRules = [.. marks ? Marking(config.MarkBit) : [], .. Leading],
        };
    }

    /// <inheritdoc cref="PodChain.Garbage"/>
    public static IReadOnlyList<string> Garbage(IptablesTable present, string network, IReadOnlyCollection<CniAttachment> valid) =>
        PodChain.Garbage(present, Dnat, "DN-", network, valid);

    /// <summary>What leads to the container's chain: by protocol in alphabetical order, as many ports to a rule as it takes.</summary>
    private static List<IptablesRule> Entries(PortmapConfig config, bool isIPv6)
    {
        var comment = $"dnat name: \"{config.Network}\" id: \"{config.ContainerId}\"";
        if (comment.Length > CommentLength)
        {
            comment = comment[..CutCommentLength] + "...";
        }

        var conditions = string.Concat(config.Conditions(isIPv6).Select(word => " " + IptablesRestore.Word(word)));
        List<IptablesRule> entries = [];
        foreach (var protocol in config.Mappings.GroupBy(mapping => mapping.Protocol).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (var ports in protocol.Select(mapping => mapping.HostPortText).Chunk(MostPorts))
            {
                entries.Add(new IptablesRule(
                    Dnat,
                    $"-m comment --comment {IptablesRestore.Word(comment)} -m multiport -p {protocol.Key} --destination-ports {string.Join(',', ports)}" +
                    $"{conditions} -j {ChainOf(config)}"));
            }
        }

        return entries;
    }

    // In front of what the bridge plugin masquerades, which would take the packets else.
    private static SharedRule[] Marking(int bit)
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"0x{1u << bit:x}/0x{1u << bit:x}");
        return
        [
            new SharedRule(new IptablesRule(SetMark, $"-m comment --comment \"CNI portfwd masquerade mark\" -j MARK --set-xmark {mark}")),
            new SharedRule(new IptablesRule(Masquerade, $"-m mark --mark {mark} -j MASQUERADE")),
            new SharedRule(new IptablesRule("POSTROUTING", $"-m comment --comment \"CNI portfwd requiring masquerade\" -j {Masquerade}"), IsFirst: true),
        ];
    }

    // The marks come before the translation: nothing goes on behind it.
    private static void AddRules(List<IptablesRule> rules, PortmapConfig config, Cidr container, string chain, MappedPort mapping)
    {
        var match = $"-p {mapping.Protocol} --dport {mapping.HostPortText}{(mapping.Destination is { } host ? $" -d {host}" : "")}";
        if (config.MasqueradesLocal)
        {
            var mark = IptablesRestore.Word(config.ExternalMarkChain ?? SetMark);
            var everybody = container.IsIPv6 ? "::/0" : "0.0.0.0/0";
            rules.Add(new IptablesRule(chain, $"{match} -s {(config.MasqueradesAll ? everybody : container.ToString())} -j {mark}"));
            if (!container.IsIPv6 && !config.MasqueradesAll)
            {
                rules.Add(new IptablesRule(chain, $"{match} -s 127.0.0.1 -j {mark}"));
            }
        }

        rules.Add(new IptablesRule(chain, $"{match} -j DNAT --to-destination {mapping.TargetAt(container)}"));
    }
}
