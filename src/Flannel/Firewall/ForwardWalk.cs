namespace Flannel.Firewall;

/// <summary>
/// Follows a packet between two pods through a forward chain and the chains it leads to. Rules with conditions that cannot be judged from here
/// (interfaces, connection states, sets) are taken not to match: a drop that is found is what becomes of a packet that is not special.
/// </summary>
/// <param name="rulesOf">The rules of a chain by its name; none for a target that is no chain.</param>
internal sealed class ForwardWalk(Func<string, IReadOnlyList<ForwardRule>> rulesOf)
{
    // The kernel's own limit of nested jumps (NFT_JUMP_STACK_SIZE); a ruleset that is read while it changes may have a loop.
    private const int Deepest = 16;

    /// <summary>The rule or policy that drops the packet, as text; null when it is accepted.</summary>
    /// <param name="chain">A base chain.</param>
    /// <param name="drops">Whether its policy is to drop.</param>
    public string? FindDrop(string chain, bool drops)
    {
        var (verdict, culprit) = Follow(chain, 0);
        return verdict switch
        {
            ForwardVerdict.Drop => culprit,
            ForwardVerdict.Accept => null,
            _ => drops ? "its policy" : null,
        };
    }

    private (ForwardVerdict Verdict, string? Culprit) Follow(string chain, int depth)
    {
        foreach (var rule in depth < Deepest ? rulesOf(chain).Where(rule => rule.Covers) : [])
        {
            switch (rule.Verdict)
            {
                case ForwardVerdict.Accept:
                    return (rule.Verdict, null);
                case ForwardVerdict.Drop:
                    return (rule.Verdict, depth == 0 ? $"the rule \"{rule.Text}\"" : $"the rule \"{rule.Text}\" of the chain {chain}");
                case ForwardVerdict.Return:
                    return (ForwardVerdict.Continue, null);
                case ForwardVerdict.Jump or ForwardVerdict.Goto:
                    var after = Follow(rule.Target!, depth + 1);
                    if (after.Verdict != ForwardVerdict.Continue || rule.Verdict == ForwardVerdict.Goto)
                    {
                        return after;
                    }

                    break;
                default:
                    break;
            }
        }

        return (ForwardVerdict.Continue, null);
    }
}
