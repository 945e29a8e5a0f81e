using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>
/// Finds rules of ours with every program that is installed: those of the other manager, of the other iptables variant, of a family or a kind of
/// rule no longer wanted. A program that is missing or broken has nothing to show.
/// </summary>
internal sealed class LeftoverSearch(FirewallHost host)
{
    /// <param name="claim">Whose rules are looked for.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<Leftover>> FindAsync(RuleClaim claim, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(
            InNftAsync(claim, cancellationToken), InIptablesAsync("iptables", claim, cancellationToken), InIptablesAsync("ip6tables", claim, cancellationToken));
        return [.. found.SelectMany(leftovers => leftovers)];
    }

    /// <summary>The programs of one family: first the one in PATH, then that of the other variant where it has a name of its own.</summary>
    public static async Task<IReadOnlyList<Iptables>> VariantsAsync(FirewallHost host, string name, CancellationToken cancellationToken)
    {
        var programs = new List<Iptables>();
        foreach (var suffix in new[] { "", "-nft", "-legacy" })
        {
            if (await Iptables.TryOpenAsync(host, name + suffix, cancellationToken) is { } program &&
                programs.TrueForAll(found => found.Version.Variant != program.Version.Variant))
            {
                programs.Add(program);
            }
        }

        return programs;
    }

    private async Task<IReadOnlyList<Leftover>> InNftAsync(RuleClaim claim, CancellationToken cancellationToken)
    {
        try
        {
            var leftovers = new List<Leftover>();
            if (Nft.TryOpen(host) is { } nft)
            {
                foreach (var ours in new[] { NftRuleTable.Empty(false), NftRuleTable.Empty(true) })
                {
                    if (await nft.ReadAsync(ours.Family, ours.Name, cancellationToken) is { } present &&
                        Find(nft, ours, present, claim) is { } leftover)
                    {
                        leftovers.Add(leftover);
                    }
                }
            }

            return leftovers;
        }
        catch (FirewallException)
        {
            return [];
        }
    }

    // While other networks have rules in the table, it stays.
    private static Leftover? Find(Nft nft, NftTable ours, NftTable present, RuleClaim claim)
    {
        var rest = SharedTable.Merge(ours, present, claim);
        return rest.Chains.Count > 0 && rest.Matches(present) ? null : new Leftover(
            NftRuleTable.NameOf(ours.Family, ours.Name), [$"nft delete table {ours.Family} {ours.Name}"],
            token => nft.ApplyAsync(rest.Chains.Count > 0 ? rest.Script() : ours.Removal(), token));
    }

    private async Task<IReadOnlyList<Leftover>> InIptablesAsync(string name, RuleClaim claim, CancellationToken cancellationToken)
    {
        var leftovers = new List<Leftover>();
        foreach (var program in await VariantsAsync(host, name, cancellationToken))
        {
            foreach (var ours in new[] { MasqueradeRules.None, ForwardRules.None })
            {
                if (await FindAsync(program, ours with { Claim = claim }, cancellationToken) is { } leftover)
                {
                    leftovers.Add(leftover);
                }
            }
        }

        return leftovers;
    }

    private static async Task<Leftover?> FindAsync(Iptables program, IptablesRuleSet ours, CancellationToken cancellationToken)
    {
        try
        {
            var lines = await program.ReadUsedAsync(ours.Table, cancellationToken) is { } table ? ours.Remove(table) : [];
            return lines.Count == 0 ? null : new Leftover(
                IptablesRuleTable.NameOf(program, ours.Table), [.. lines.Select(line => $"{program.Name} -t {ours.Table} {line}")],
                token => program.ApplyAsync(ours.Table, lines, token));
        }
        catch (FirewallException)
        {
            // What cannot be read cannot be deleted by this program either.
            return null;
        }
    }
}
