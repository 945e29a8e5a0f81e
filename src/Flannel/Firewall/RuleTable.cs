using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>One table of one program, with the rules that are to be in it.</summary>
internal abstract class RuleTable(bool isIPv6)
{
    // linux/netfilter.h
    private const int NFPROTO_IPV4 = 2;
    private const int NFPROTO_IPV6 = 10;

    /// <summary>As an operator names it: <c>iptables nat</c>, <c>nft table ip flannel-ipv4</c>.</summary>
    public abstract string Name { get; }

    public bool IsIPv6 => isIPv6;

    /// <summary>What its rules are for, in the words of the log.</summary>
    public abstract string Purpose { get; }

    /// <summary>Whether the daemon cannot go on without: the table masquerades.</summary>
    public abstract bool IsRequired { get; }

    /// <summary>Whether the kernel announces changes; otherwise somebody has to look from time to time.</summary>
    public abstract bool IsAnnounced { get; }

    /// <summary>Whether an announced change may have touched a rule of ours.</summary>
    public bool Concerns(NftEvent change) =>
        change.Family == (isIPv6 ? NFPROTO_IPV6 : NFPROTO_IPV4) && Touches(change.Table, change.Chain, change.Deleted);

    /// <summary>The same for a table and a chain of this family; the chain is null when the table itself changed.</summary>
    protected abstract bool Touches(string table, string? chain, bool deleted);

    /// <summary>Reads the table and repairs it if it is not right.</summary>
    /// <param name="claim">Whose rules are kept right; those of other networks stay as they are.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="FirewallException">It cannot be read or written.</exception>
    public abstract Task<TableState> EnsureAsync(RuleClaim claim, CancellationToken cancellationToken);
}
