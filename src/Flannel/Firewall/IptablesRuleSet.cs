using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>
/// The rules of ours in one iptables table: those in a chain of our own, and those that stand in a chain of others and lead there. Ours is,
/// besides, every rule elsewhere that carries our comment or jumps to our chain: by that mark the rules of an earlier run, or of the original
/// flannel, are found and removed. Of what is ours by that mark the daemon of another network keeps its own rules; those are left as they are.
/// </summary>
/// <param name="Table">nat or filter.</param>
/// <param name="Chain">The chain that belongs to us alone.</param>
/// <param name="Comment">The comment on every rule of ours.</param>
/// <param name="Rules">In the order in which they are installed. Empty: nothing of ours is to be there.</param>
internal sealed record IptablesRuleSet(string Table, string Chain, string Comment, IReadOnlyList<IptablesRule> Rules)
{
    /// <summary>Whose rules are meant.</summary>
    public RuleClaim Claim { get; init; } = RuleClaim.Everything;

    private IEnumerable<IptablesRule> Inside => Rules.Where(rule => rule.Chain == Chain);

    private IEnumerable<IptablesRule> Outside => Rules.Where(rule => rule.Chain != Chain);

    /// <summary>
    /// The lines of one transaction that make the table right: present, in order, nothing twice; none if it is right already. Our chain is filled
    /// anew, or where other networks have rules in it too, our rules are placed around theirs. A rule among others' is moved to the end only when it
    /// is missing, doubled or out of order with another of ours.
    /// </summary>
    public IReadOnlyList<string> Repair(IptablesTable present)
    {
        if (Rules.Count == 0)
        {
            return Remove(present);
        }

        var strays = Outsiders(present).Where(rule => !IsForeign(rule)).Except(Outside).ToList();
        var outsideIsRight = present.Rules.Where(Outside.Contains).SequenceEqual(Outside);
        var insideIsRight = present.Chains.ContainsKey(Chain) == Inside.Any() &&
            SharedChain.IsRight([.. present.RulesOf(Chain).Select(rule => rule.Spec)], [.. Inside.Select(rule => rule.Spec)], IsForeign);
        if (outsideIsRight && insideIsRight && strays.Count == 0)
        {
            return [];
        }

        var shares = Others(present).Any();
        List<string> lines = Inside.Any() && !shares ? [IptablesRestore.FreshChain(Chain)] : [];
        lines.AddRange(Deletions(present, strays));
        foreach (var rule in outsideIsRight ? [] : Outside)
        {
            lines.AddRange([.. Deletions(present, [rule]), rule.Add]);
        }

        lines.AddRange(shares ? Placement(present) : Inside.Select(rule => rule.Add));
        return lines;
    }

    /// <summary>
    /// The lines that delete everything of ours, rules first and then the chain; none if there is nothing. While other networks have rules in the
    /// chain, it and what serves them too stays.
    /// </summary>
    public IReadOnlyList<string> Remove(IptablesTable present)
    {
        if (Others(present).Any())
        {
            return [.. present.Rules.Where(rule => IsOurs(rule) && Claim.Covers(rule.Spec)).Select(rule => rule.Delete)];
        }

        var lines = Deletions(present, Outsiders(present).Where(rule => !IsForeign(rule)).Concat(Outside).Distinct()).ToList();
        lines.AddRange(present.RulesOf(Chain).Select(rule => rule.Delete));
        if (present.Chains.ContainsKey(Chain))
        {
            lines.Add(IptablesRestore.DeleteChain(Chain));
        }

        return lines;
    }

    /// <summary>The rules in our chain that daemons of other networks keep.</summary>
    public IEnumerable<IptablesRule> Others(IptablesTable present) => present.RulesOf(Chain).Where(IsForeign);

    /// <summary>Whether somebody else has rules in the table.</summary>
    public bool HasOthers(IptablesTable present) => !present.Rules.All(IsOurs);

    private string CommentOption => $"--comment \"{Comment}\"";

    private bool IsOurs(IptablesRule rule) => rule.Chain == Chain || Carries(rule.Spec, CommentOption) || Carries(rule.Spec, $"-j {Chain}");

    private bool IsForeign(IptablesRule rule) => IsForeign(rule.Spec);

    private bool IsForeign(string spec) => Carries(spec, CommentOption) && Claim.IsForeign(spec);

    // Deleted and placed anew rule by rule: a flush would take what a daemon of another network adds at this very moment.
    private IEnumerable<string> Placement(IptablesTable present)
    {
        var position = 0;
        return
        [
            .. present.RulesOf(Chain).Where(rule => !IsForeign(rule)).Select(rule => rule.Delete),
            .. Inside.Where(rule => !SharedChain.Translates(rule.Spec)).Select(rule => IptablesRestore.Insert(rule, ++position)),
            .. Inside.Where(rule => SharedChain.Translates(rule.Spec)).Select(rule => rule.Add),
        ];
    }

    private IEnumerable<IptablesRule> Outsiders(IptablesTable present) => present.Rules.Where(rule => rule.Chain != Chain && IsOurs(rule)).Distinct();

    private static IEnumerable<string> Deletions(IptablesTable present, IEnumerable<IptablesRule> rules) =>
        rules.SelectMany(rule => present.Rules.Where(rule.Equals)).Select(rule => rule.Delete);

    private static bool Carries(string spec, string option) =>
        spec.Contains(option + ' ', StringComparison.Ordinal) || spec.EndsWith(option, StringComparison.Ordinal);
}
