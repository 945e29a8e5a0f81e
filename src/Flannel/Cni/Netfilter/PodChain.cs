using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>
/// A chain of one container in the table <c>nat</c> with the rules that lead to it. Where nothing is in the way one transaction does everything: it begins with what it
/// presumes and fails as a whole where that is not so. Only then the table is read.
/// </summary>
/// <param name="Name">The container's chain.</param>
internal sealed record PodChain(string Name)
{
    /// <summary>What is in the chain.</summary>
    public IReadOnlyList<IptablesRule> Rules { get; init; } = [];

    /// <summary>Rules of other chains that jump to it.</summary>
    public IReadOnlyList<IptablesRule> Entries { get; init; } = [];

    /// <summary>Chains that containers have in common.</summary>
    public IReadOnlyList<string> SharedChains { get; init; } = [];

    public IReadOnlyList<SharedRule> SharedRules { get; init; } = [];

    /// <summary>Makes everything anew, whatever of it is there.</summary>
    /// <exception cref="Flannel.Firewall.FirewallException">The programs refuse.</exception>
    public void Install(NatTable table)
    {
        if (table.TryApply(Addition()) is not null)
        {
            table.Change(Repair);
        }
    }

    /// <summary>Deletes the chain and every rule that jumps to it. What is gone already is no fault.</summary>
    /// <inheritdoc cref="Install" path="/exception"/>
    public void Remove(NatTable table)
    {
        if (table.TryApply(Deletion()) is not null)
        {
            table.Change(present => Removal(present, Name));
        }
    }

    /// <summary>Null when all of it is there, else what is missing.</summary>
    public string? Missing(NatTable table)
    {
        List<string> lines = [.. SharedRules.Select(shared => shared.Rule.Check), .. Rules.Select(rule => rule.Check), .. Entries.Select(rule => rule.Check)];
        if (lines.Count == 0 || table.TryApply(lines) is not { } refusal)
        {
            return null;
        }

        foreach (var line in lines)
        {
            if (table.TryApply([line]) is not null)
            {
                return line["-C ".Length..];
            }
        }

        return refusal.Message;
    }

    /// <summary>The lines that delete a chain and every rule that jumps to it.</summary>
    public static IReadOnlyList<string> Removal(IptablesTable present, params ReadOnlySpan<string> chains)
    {
        List<string> lines = [];
        foreach (var chain in chains)
        {
            AddJumps(lines, present, chain);
            if (present.Chains.ContainsKey(chain))
            {
                lines.Add(IptablesRestore.EmptyChain(chain));
                lines.Add(IptablesRestore.DeleteChain(chain));
            }
        }

        return lines;
    }

    /// <summary>The lines that delete the chains of a network whose containers have no valid attachment.</summary>
    /// <param name="present">The table.</param>
    /// <param name="entries">The chain whose rules lead to those of containers.</param>
    /// <param name="prefix">For <see cref="HashedName.Chain"/>.</param>
    /// <param name="network">The <c>name</c> of the configuration.</param>
    /// <param name="valid">The attachments that stay.</param>
    public static IReadOnlyList<string> Garbage(
        IptablesTable present, string entries, string prefix, string network, IReadOnlyCollection<CniAttachment> valid)
    {
        var start = $"name: \\\"{network}\\\" id: \\\"";
        HashSet<string> chains = [];
        foreach (var rule in present.RulesOf(entries))
        {
            // -s 10.5.7.2/32 -m comment --comment "name: \"cbr0\" id: \"abc\"" -j CNI-…
            var spec = rule.Spec;
            var from = spec.IndexOf(start, StringComparison.Ordinal);
            if (from < 0 || spec.IndexOf("\\\"", from + start.Length, StringComparison.Ordinal) is not (> 0 and var to))
            {
                continue;
            }

            var containerId = spec[(from + start.Length)..to];
            var chain = HashedName.Chain(prefix, network, containerId);
            if (!valid.Any(attachment => attachment.ContainerId == containerId) && spec.EndsWith($"-j {chain}", StringComparison.Ordinal))
            {
                chains.Add(chain);
            }
        }

        return Removal(present, [.. chains]);
    }

    /// <summary>The transaction for a container that has nothing yet on a host that has seen others.</summary>
    internal IReadOnlyList<string> Addition() =>
    [
        .. SharedRules.Select(shared => shared.Rule.Check),
        IptablesRestore.NewChain(Name),
        .. Rules.Select(rule => rule.Add),
        .. Entries.Select(rule => rule.Add),
    ];

    /// <summary>The transaction for any table. What containers have in common is made by one of those that start at the same time: the chain of the others is there then.</summary>
    internal IReadOnlyList<string> Repair(IptablesTable present)
    {
        List<string> lines = [.. SharedChains.Where(chain => !present.Chains.ContainsKey(chain)).Select(IptablesRestore.NewChain)];
        lines.AddRange(SharedRules.Where(shared => !present.Rules.Contains(shared.Rule)).Select(shared => shared.Line));
        AddJumps(lines, present, Name);
        lines.Add(IptablesRestore.FreshChain(Name));
        lines.AddRange(Rules.Select(rule => rule.Add));
        lines.AddRange(Entries.Select(rule => rule.Add));
        return lines;
    }

    private IReadOnlyList<string> Deletion() =>
        [.. Entries.Select(rule => rule.Delete), IptablesRestore.EmptyChain(Name), IptablesRestore.DeleteChain(Name)];

    private static void AddJumps(List<string> lines, IptablesTable present, string chain)
    {
        foreach (var rule in present.Rules)
        {
            if (rule.Spec.EndsWith($"-j {chain}", StringComparison.Ordinal))
            {
                lines.Add(rule.Delete);
            }
        }
    }
}
