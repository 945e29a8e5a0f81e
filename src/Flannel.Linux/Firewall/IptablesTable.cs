namespace Flannel.Linux.Firewall;

/// <summary>One table as iptables-save shows it.</summary>
/// <param name="Name">nat, filter, …</param>
/// <param name="Chains">Every chain with its policy: ACCEPT or DROP for a built-in chain, <c>-</c> for any other.</param>
/// <param name="Rules">All rules; those of one chain are in the order in which the kernel tries them.</param>
public sealed record IptablesTable(string Name, IReadOnlyDictionary<string, string> Chains, IReadOnlyList<IptablesRule> Rules)
{
    public static IptablesTable Empty(string name) => new(name, new Dictionary<string, string>(), []);

    public IEnumerable<IptablesRule> RulesOf(string chain) => Rules.Where(rule => rule.Chain == chain);
}
