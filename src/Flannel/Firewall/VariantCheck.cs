namespace Flannel.Firewall;

/// <summary>
/// Tells when the iptables in PATH is not the variant that the rest of the host uses: then two packet filters judge every packet, and each lists
/// half of the rules.
/// </summary>
internal static class VariantCheck
{
    /// <summary>A sentence for the log, or null when there is nothing to say.</summary>
    public static async Task<string?> FindAsync(FirewallHost host, string name, CancellationToken cancellationToken)
    {
        try
        {
            if (await LeftoverSearch.VariantsAsync(host, name, cancellationToken) is [var ours, var other] && ours.Name == name &&
                await IptablesChoice.HoldsRulesOfOthersAsync(other, cancellationToken) && !await IptablesChoice.HoldsRulesOfOthersAsync(ours, cancellationToken))
            {
                return $"{ours.Name} is {ours.Version}, but the rules of other programs on this host are in {other.Name} {other.Version}; " +
                    $"point the alternative {ours.Name} to the variant in use";
            }
        }
        catch (FirewallException)
        {
            // Only one of the two can be read, so only one is in use.
        }

        return null;
    }
}
