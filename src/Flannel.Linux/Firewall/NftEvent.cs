namespace Flannel.Linux.Firewall;

/// <summary>A committed change to the nftables rule set, whoever made it; the nft variant of iptables counts too.</summary>
/// <param name="Deleted">The object is gone; else it was added or changed.</param>
/// <param name="Kind">What the object is.</param>
/// <param name="Family">NFPROTO_*: 1 inet, 2 ip, 10 ip6, 7 bridge.</param>
/// <param name="Table">The table's name.</param>
/// <param name="Chain">The chain's name; null for a table.</param>
public readonly record struct NftEvent(bool Deleted, NftObject Kind, int Family, string Table, string? Chain);

public enum NftObject
{
    Table,
    Chain,
    Rule,
}
