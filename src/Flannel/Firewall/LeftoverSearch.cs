using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>
/// Finds rules of ours with every program that is installed: those of the other manager, of the other iptables variant, of a family or a kind of
/// rule no longer wanted. A program that is missing or broken has nothing to show.
/// </summary>
internal sealed class LeftoverSearch(FirewallHost host)
{
    public async Task<IReadOnlyList<Leftover>> FindAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(
            InNftAsync(cancellationToken), InIptablesAsync("iptables", cancellationToken), InIptablesAsync("ip6tables", cancellationToken));
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

    private async Task<IReadOnlyList<Leftover>> InNftAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Nft.TryOpen(host) is not { } nft)
            {
                return [];
            }

            var leftovers = new List<Leftover>();
            foreach (var (family, name) in await nft.TablesAsync(cancellationToken))
            {
                if ((family, name) is ("ip", "flannel-ipv4") or ("ip6", "flannel-ipv6"))
                {
                    leftovers.Add(new Leftover(
                        NftRuleTable.NameOf(family, name), [$"nft delete table {family} {name}"],
                        token => nft.ApplyAsync(new NftTable(family, name, []).Removal(), token)));
                }
            }

            return leftovers;
        }
        catch (FirewallException)
        {
            return [];
        }
    }

    private async Task<IReadOnlyList<Leftover>> InIptablesAsync(string name, CancellationToken cancellationToken)
    {
        var leftovers = new List<Leftover>();
        foreach (var program in await VariantsAsync(host, name, cancellationToken))
        {
            foreach (var ours in new[] { MasqueradeRules.None, ForwardRules.None })
            {
                if (await FindAsync(program, ours, cancellationToken) is { } leftover)
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
