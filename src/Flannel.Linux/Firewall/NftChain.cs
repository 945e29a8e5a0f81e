namespace Flannel.Linux.Firewall;

/// <summary>A base chain of nftables: one that a hook of the kernel calls.</summary>
/// <param name="Name">As in <c>postrtg</c>.</param>
/// <param name="Type">nat or filter.</param>
/// <param name="Hook">forward, postrouting, …</param>
/// <param name="Priority">A number: 100 is nft's <c>srcnat</c>, 0 its <c>filter</c>.</param>
/// <param name="Policy">accept or drop.</param>
/// <param name="Rules">Statements in the form <see cref="NftTable"/> documents.</param>
/// <param name="Comment">Written, but not compared: nft does not list it as JSON.</param>
public sealed record NftChain(string Name, string Type, string Hook, int Priority, string Policy, IReadOnlyList<string> Rules, string? Comment = null)
{
    /// <summary>Whether both do the same to a packet.</summary>
    public bool Matches(NftChain other) =>
        (Name, Type, Hook, Priority, Policy) == (other.Name, other.Type, other.Hook, other.Priority, other.Policy) && Rules.SequenceEqual(other.Rules);
}
