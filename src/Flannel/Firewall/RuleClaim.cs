using Flannel.Linux;

namespace Flannel.Firewall;

/// <summary>
/// Which of flannel's rules are ours to order and remove, in chains and tables that daemons of several networks share. A rule's network is told by
/// its source, or where it names none by its destination. What names no address, the jumps and the rule for the service proxy's mark, serves all alike.
/// </summary>
internal sealed class RuleClaim
{
    private readonly List<Cidr>? _networks;

    private RuleClaim(List<Cidr>? networks) => _networks = networks;

    /// <summary>The rules of all networks.</summary>
    public static RuleClaim Everything { get; } = new(null);

    /// <summary>The rules of these networks and of any that overlap with one.</summary>
    public static RuleClaim Of(params IReadOnlyList<Cidr> networks) => new(new List<Cidr>(networks).FindAll(network => !network.IsEmpty));

    /// <summary>Whether a rule, as a spec of iptables or as nft's statements, belongs to a network claimed here.</summary>
    public bool Covers(string rule) => NetworkOf(rule) is { } network && Covers(network);

    /// <summary>Whether a rule belongs to a network not claimed here.</summary>
    public bool IsForeign(string rule) => NetworkOf(rule) is { } network && !Covers(network);

    /// <summary>The networks that foreign rules are for: subnets are left out beside the network they are part of.</summary>
    public static IReadOnlyList<Cidr> NetworksOf(IEnumerable<string> rules)
    {
        var all = new List<Cidr>();
        foreach (var rule in rules)
        {
            if (NetworkOf(rule) is { } network && !all.Exists(known => known.Contains(network)))
            {
                all.RemoveAll(network.Contains);
                all.Add(network);
            }
        }

        all.Sort();
        return all;
    }

    private bool Covers(Cidr network) => _networks is null || _networks.Exists(network.Overlaps);

    private static Cidr? NetworkOf(string rule)
    {
        var words = rule.Split(' ');
        return AddressAfter(words, "-s", "saddr") ?? AddressAfter(words, "-d", "daddr");
    }

    private static Cidr? AddressAfter(string[] words, string option, string field)
    {
        var index = Array.FindIndex(words, word => word == option || word == field) + 1;
        if (index > 0 && index < words.Length && words[index] == "!=")
        {
            index++;
        }

        return index > 0 && index < words.Length && Cidr.TryParse(words[index], out var address) ? address.Network : null;
    }
}
