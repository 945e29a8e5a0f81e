using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Looks for forward chains, of whatever program, that drop packets of the cluster network.</summary>
internal sealed class ForwardSurvey(FirewallHost host, TrafficManager manager)
{
    private string IptablesAdvice => manager == TrafficManager.Iptables
        ? "; a rule there has to accept them first"
        : "; an accept in flannel's nftables chain cannot override it";

    /// <summary>One sentence for each chain that drops. What cannot be read is left out.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(IReadOnlyList<LocalNetwork> networks, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var local in networks)
        {
            var programs = await LeftoverSearch.VariantsAsync(host, local.IsIPv6 ? "ip6tables" : "iptables", cancellationToken);
            await CollectAsync(findings, async () => await InIptablesAsync(programs, local, cancellationToken));
            // The tables of iptables' nft variant are seen by nft too; as iptables rules they have been judged already.
            var judged = programs.Any(program => program.Version.Variant == IptablesVariant.NfTables);
            await CollectAsync(findings, async () => await InNftAsync(local, judged, cancellationToken));
        }

        return findings;
    }

    private static async Task CollectAsync(List<string> findings, Func<Task<List<string>>> search)
    {
        try
        {
            findings.AddRange(await search());
        }
        catch (FirewallException)
        {
            // A survey is a courtesy: what is needed to keep the rules reports its own failures.
        }
    }

    private async Task<List<string>> InIptablesAsync(IReadOnlyList<Iptables> programs, LocalNetwork local, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (var program in programs)
        {
            if (await program.ReadUsedAsync(ForwardRules.Table, cancellationToken) is not { } table)
            {
                continue;
            }

            var walk = new ForwardWalk(chain => [.. table.RulesOf(chain).Select(rule => ForwardRule.FromIptables(rule.Spec, local.Network))]);
            if (walk.FindDrop("FORWARD", table.Chains.GetValueOrDefault("FORWARD") == "DROP") is { } culprit)
            {
                findings.Add($"{program.Name} chain FORWARD drops forwarded packets of {local.Network} by {culprit}{IptablesAdvice}");
            }
        }

        return findings;
    }

    private async Task<List<string>> InNftAsync(LocalNetwork local, bool iptablesJudged, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        if (Nft.TryOpen(host) is not { } nft)
        {
            return findings;
        }

        var family = local.IsIPv6 ? "ip6" : "ip";
        foreach (var chain in (await nft.ChainsAsync(cancellationToken)).Chains.Where(chain => chain.Hook == "forward"))
        {
            var isIptables = chain.Family == family && chain is { Table: "filter", Name: "FORWARD" };
            if (chain.Family != family && chain.Family != "inet" || isIptables && iptablesJudged ||
                await nft.TableAsync(chain.Family, chain.Table, cancellationToken) is not { } table)
            {
                continue;
            }

            var walk = new ForwardWalk(name => [.. table.Chains.Where(found => found.Name == name)
                .SelectMany(table.RulesOf).Select(statements => ForwardRule.FromNft(statements, local.Network))]);
            if (walk.FindDrop(chain.Name, chain.Policy == "drop") is { } culprit)
            {
                var remedy = chain.Table == "firewalld" ? "put the network into firewalld's trusted zone" : "the network has to be allowed there";
                findings.Add(
                    $"nft chain {chain.Family} {chain.Table} {chain.Name} drops forwarded packets of {local.Network} by {culprit}; " +
                    $"an accept elsewhere cannot override it, {remedy}");
            }
        }

        return findings;
    }
}
