using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Our table of nftables where daemons of other networks have rules in it too.</summary>
internal static class SharedTable
{
    /// <summary>What the table has to be: the wanted rules, and around or between them those of other networks that are there.</summary>
    /// <param name="wanted">Ours; a chain is left out where it is not to have rules of ours.</param>
    /// <param name="present">The kernel's.</param>
    /// <param name="claim">Tells which are ours.</param>
    public static NftTable Merge(NftTable wanted, NftTable present, RuleClaim claim)
    {
        var chains = new List<NftChain>();
        foreach (var none in new[] { MasqueradeRules.NftNone, ForwardRules.NftNone })
        {
            var (ours, rules) = (RulesOf(wanted, none.Name), RulesOf(present, none.Name) ?? []);
            if (ours is not null || rules.Any(rule => IsForeign(claim, rule)))
            {
                chains.Add(none with { Rules = Merge(ours, rules, rule => IsForeign(claim, rule)) });
            }
        }

        return wanted with { Chains = chains };
    }

    /// <summary>The rules that daemons of other networks keep.</summary>
    public static IEnumerable<string> Others(NftTable present, RuleClaim claim) =>
        present.Chains.SelectMany(chain => chain.Rules).Where(rule => IsForeign(claim, rule));

    // Without rules of ours, what names no network goes on serving the others.
    private static IReadOnlyList<string> Merge(IReadOnlyList<string>? ours, IReadOnlyList<string> present, Func<string, bool> isForeign)
    {
        ours ??= [.. present.Intersect(MasqueradeRules.NftCommon)];
        return SharedChain.IsRight(present, ours, isForeign) ? present : [.. SharedChain.Arrange(ours, present.Where(isForeign))];
    }

    private static IReadOnlyList<string>? RulesOf(NftTable table, string chain) => table.Chains.FirstOrDefault(found => found.Name == chain)?.Rules;

    // No daemon of flannel writes a rule that drops, or one that has no normal form.
    private static bool IsForeign(RuleClaim claim, string rule) =>
        claim.IsForeign(rule) && !rule.Contains('{', StringComparison.Ordinal) &&
        (rule.EndsWith(" return", StringComparison.Ordinal) || rule.EndsWith(" accept", StringComparison.Ordinal) || SharedChain.Translates(rule));
}
