using Flannel.Linux;

namespace Flannel.Leases;

/// <summary>
/// The subnet of a lease, one network per family; either may be empty, not both. Its text is the last part of the store's key:
/// <c>10.5.34.0-24</c>, <c>10.5.34.0-24&amp;fd00:5:34::-64</c>, and as our extension for IPv6-only networks <c>fd00:5:34::-64</c>.
/// </summary>
public readonly partial record struct LeaseKey(Cidr IPv4, Cidr IPv6)
{
    /// <summary>The networks that are there, IPv4 first.</summary>
    public IReadOnlyList<Cidr> Subnets => IPv4.IsEmpty ? IPv6.IsEmpty ? [] : [IPv6] : IPv6.IsEmpty ? [IPv4] : [IPv4, IPv6];

    public bool IsEmpty => IPv4.IsEmpty && IPv6.IsEmpty;

    public bool Overlaps(LeaseKey other) => IPv4.Overlaps(other.IPv4) || IPv6.Overlaps(other.IPv6);
}
