using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>
/// The rules of ours in one iptables table: those in a chain of our own, and those that stand in a chain of others and lead there. Ours is,
/// besides, every rule elsewhere that carries our comment or jumps to our chain: by that mark the rules of an earlier run, or of the original
/// flannel, are found and removed.
/// </summary>
/// <param name="Table">nat or filter.</param>
/// <param name="Chain">The chain that belongs to us alone.</param>
/// <param name="Comment">The comment on every rule of ours.</param>
/// <param name="Rules">In the order in which they are installed. Empty: nothing of ours is to be there.</param>
internal sealed record IptablesRuleSet(string Table, string Chain, string Comment, IReadOnlyList<IptablesRule> Rules)
{
    private IEnumerable<IptablesRule> Inside => Rules.Where(rule => rule.Chain == Chain);

    private IEnumerable<IptablesRule> Outside => Rules.Where(rule => rule.Chain != Chain);

    /// <summary>
    /// The lines of one transaction that make the table right: present, in order, nothing twice; none if it is right already. Our chain is filled
    /// anew. A rule among others' is moved to the end only when it is missing, doubled or out of order with another of ours.
    /// </summary>
    public IReadOnlyList<string> Repair(IptablesTable present)
    {
        if (Rules.Count == 0)
        {
            return Remove(present);
        }

        var strays = Outsiders(present).Except(Outside).ToList();
        var outsideIsRight = present.Rules.Where(Outside.Contains).SequenceEqual(Outside);
        var insideIsRight = present.Chains.ContainsKey(Chain) == Inside.Any() && present.RulesOf(Chain).SequenceEqual(Inside);
        if (outsideIsRight && insideIsRight && strays.Count == 0)
        {
            return [];
        }

        List<string> lines = Inside.Any() ? [IptablesRestore.FreshChain(Chain)] : [];
        lines.AddRange(Deletions(present, strays));
        foreach (var rule in Rules)
        {
            if (rule.Chain == Chain)
            {
                lines.Add(rule.Add);
            }
            else if (!outsideIsRight)
            {
                lines.AddRange([.. Deletions(present, [rule]), rule.Add]);
            }
        }

        return lines;
    }

    /// <summary>The lines that delete everything of ours, rules first and then the chain; none if there is nothing.</summary>
    public IReadOnlyList<string> Remove(IptablesTable present)
    {
        var lines = Deletions(present, Outsiders(present).Concat(Outside).Distinct()).ToList();
        lines.AddRange(present.RulesOf(Chain).Select(rule => rule.Delete));
        if (present.Chains.ContainsKey(Chain))
        {
            lines.Add(IptablesRestore.DeleteChain(Chain));
        }

        return lines;
    }

    /// <summary>Whether somebody else has rules in the table.</summary>
    public bool HasOthers(IptablesTable present) => !present.Rules.All(IsOurs);

    private bool IsOurs(IptablesRule rule) => rule.Chain == Chain || Carries(rule, $"--comment \"{Comment}\"") || Carries(rule, $"-j {Chain}");

    private IEnumerable<IptablesRule> Outsiders(IptablesTable present) => present.Rules.Where(rule => rule.Chain != Chain && IsOurs(rule)).Distinct();

    private static IEnumerable<string> Deletions(IptablesTable present, IEnumerable<IptablesRule> rules) =>
        rules.SelectMany(rule => present.Rules.Where(rule.Equals)).Select(rule => rule.Delete);

    private static bool Carries(IptablesRule rule, string option) =>
        rule.Spec.Contains(option + ' ', StringComparison.Ordinal) || rule.Spec.EndsWith(option, StringComparison.Ordinal);
}
