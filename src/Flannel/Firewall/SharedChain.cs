namespace Flannel.Firewall;

/// <summary>
/// The order of rules in a chain that several networks share. Each packet of one network meets only its own network's rules, so the blocks can
/// follow each other in any order. Packets from one network to another meet both: there whoever says that the source stays as it is comes first.
/// </summary>
internal static class SharedChain
{
    /// <summary>
    /// Whether the wanted rules are there in their order, nothing else that is claimed or nobody's is, and no rule of another network comes between
    /// in a way that changes what ours do.
    /// </summary>
    /// <param name="present">All rules of the chain.</param>
    /// <param name="wanted">Ours.</param>
    /// <param name="isForeign">Tells the rules of other networks.</param>
    public static bool IsRight(IReadOnlyList<string> present, IReadOnlyList<string> wanted, Func<string, bool> isForeign)
    {
        if (!present.Where(rule => !isForeign(rule)).SequenceEqual(wanted))
        {
            return false;
        }

        var (translated, translatedByUs) = (false, false);
        foreach (var rule in present)
        {
            var ours = !isForeign(rule);
            if (Translates(rule))
            {
                (translated, translatedByUs) = (true, translatedByUs || ours);
            }
            else if (translatedByUs || translated && ours)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Our rules around those of others, which keep their order: what leaves packets alone before, what translates them after.</summary>
    public static IEnumerable<string> Arrange(IReadOnlyList<string> wanted, IEnumerable<string> foreign) =>
        [.. wanted.Where(rule => !Translates(rule)), .. foreign, .. wanted.Where(Translates)];

    /// <summary>Whether the rule gives packets another source.</summary>
    public static bool Translates(string rule) => rule.Contains("masquerade", StringComparison.OrdinalIgnoreCase);
}
