namespace Flannel.Firewall;

/// <summary>
/// Chooses between the two variants of iptables where both are installed and nobody has said which is meant: where there is no <c>iptables</c>, but an <c>iptables-nft</c> and
/// an <c>iptables-legacy</c>. A host says it by what <c>iptables</c> leads to; a container image cannot know its host. The variant that other programs use is taken, the
/// newer one when both are used or none.
/// </summary>
internal static class IptablesChoice
{
    private const string Newer = "-nft";
    private const string Older = "-legacy";
    private const string HintTable = "mangle";

    // A kubelet makes one of them, for others to tell the variant by, long before a service proxy has rules.
    private static readonly string[] HintChains = ["KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY"];

    /// <param name="host">Where to look.</param>
    /// <param name="name"><c>iptables</c> or <c>ip6tables</c>.</param>
    /// <param name="cancellationToken">Ends the programs asked.</param>
    /// <returns>The name of the program to use; <paramref name="name"/> itself where there is one of that name, or none of all.</returns>
    public static async Task<string> NameAsync(FirewallHost host, string name, CancellationToken cancellationToken)
    {
        var (newer, older) = (name + Newer, name + Older);
        return (Has(name), Has(newer), Has(older)) switch
        {
            (true, _, _) or (_, false, false) => name,
            (_, true, false) => newer,
            (_, false, true) => older,
            _ => await IsInUseAsync(older) && !await IsInUseAsync(newer) ? older : newer,
        };

        bool Has(string program) => host.Find(program) is not null;

        async Task<bool> IsInUseAsync(string program)
        {
            try
            {
                return await Iptables.TryOpenAsync(host, program, cancellationToken) is { } opened &&
                    (await HoldsHintAsync(opened, cancellationToken) || await HoldsRulesOfOthersAsync(opened, cancellationToken));
            }
            catch (FirewallException)
            {
                // What cannot be read is not in use.
                return false;
            }
        }
    }

    /// <summary>Whether the tables that flannel has rules in hold rules of others.</summary>
    /// <exception cref="FirewallException">They cannot be read.</exception>
    public static async Task<bool> HoldsRulesOfOthersAsync(Iptables program, CancellationToken cancellationToken) =>
        await program.ReadUsedAsync(MasqueradeRules.Table, cancellationToken) is { } nat && MasqueradeRules.None.HasOthers(nat) ||
        await program.ReadUsedAsync(ForwardRules.Table, cancellationToken) is { } filter && ForwardRules.None.HasOthers(filter);

    private static async Task<bool> HoldsHintAsync(Iptables program, CancellationToken cancellationToken) =>
        await program.ReadUsedAsync(HintTable, cancellationToken) is { } table && HintChains.Any(table.Chains.ContainsKey);
}
