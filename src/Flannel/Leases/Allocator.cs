using Flannel.Config;
using Flannel.Linux;

namespace Flannel.Leases;

/// <summary>Which subnet a new host gets (store-etcd.md §5.2). Pure: the store is asked before and told afterwards.</summary>
internal static class Allocator
{
    /// <summary>The walk ends after this many free subnets; one of them is drawn, so that hosts starting together seldom draw the same.</summary>
    private const int CandidateLimit = 100;

    /// <summary>Whether a lease of this subnet is legal under the config: for each enabled family a subnet of the right length within the range, and no other.</summary>
    public static bool Fits(NetworkConfig config, LeaseKey key) =>
        Fits(config.EnableIPv4 ? config.IPv4 : null, key.IPv4) && Fits(config.EnableIPv6 ? config.IPv6 : null, key.IPv6);

    /// <summary>
    /// Chooses a subnet for each enabled family, independently: the one of <paramref name="previous"/> where it is legal and free, else a free one drawn at random.
    /// </summary>
    /// <returns>Null: no subnet is free in one of the families.</returns>
    public static LeaseKey? Allocate(NetworkConfig config, List<LeaseKey> leases, LeaseKey previous, Random random)
    {
        var ipv4 = ChooseIn(config.EnableIPv4 ? config.IPv4 : null, leases.ConvertAll(key => key.IPv4), previous.IPv4, random);
        var ipv6 = ChooseIn(config.EnableIPv6 ? config.IPv6 : null, leases.ConvertAll(key => key.IPv6), previous.IPv6, random);
        return ipv4 is { } v4 && ipv6 is { } v6 ? new LeaseKey(v4, v6) : null;
    }

    private static bool Fits(SubnetRange? range, Cidr subnet) =>
        range is null
            ? subnet.IsEmpty
            : subnet.Width == range.Min.Width && subnet.PrefixLength == range.SubnetLength && subnet == subnet.Network &&
              subnet.Bits >= range.Min.Bits && subnet.Bits <= range.Max.Bits;

    /// <summary>An empty subnet for a family that is off, null for one that is exhausted.</summary>
    private static Cidr? ChooseIn(SubnetRange? range, List<Cidr> leased, Cidr previous, Random random)
    {
        if (range is null)
        {
            return default(Cidr);
        }

        var taken = leased.FindAll(subnet => subnet.Width == range.Min.Width);
        if (Fits(range, previous) && !taken.Exists(previous.Overlaps))
        {
            return previous;
        }

        List<Cidr> candidates = [];
        foreach (var free in FreeSubnets(range, taken))
        {
            candidates.Add(free);
            if (candidates.Count == CandidateLimit)
            {
                break;
            }
        }

#pragma warning disable CA5394 // whoever can guess the draw wins nothing: the store decides who has the subnet
        return candidates.Count == 0 ? null : candidates[random.Next(candidates.Count)];
#pragma warning restore CA5394
    }

    /// <summary>
    /// The free subnets in ascending order. The leases are sorted once and each is passed once, so the work is bounded by their number, however large the range is.
    /// </summary>
    private static IEnumerable<Cidr> FreeSubnets(SubnetRange range, List<Cidr> taken)
    {
        var min = range.Min.Bits;
        if (range.Max.Bits < min)
        {
            yield break;
        }

        // Subnets are counted from Min, so that nothing overflows at the end of the address space.
        var step = UInt128.One << (range.Min.Width - range.SubnetLength);
        var count = (range.Max.Bits - min) / step + 1;
        UInt128 next = 0;
        taken.Sort();
        foreach (var lease in taken.FindAll(lease => lease.Last.Bits >= min))
        {
            var first = lease.Bits <= min ? 0 : (lease.Bits - min) / step;
            for (; next < UInt128.Min(first, count); next++)
            {
                yield return Nth(range, step * next);
            }

            next = UInt128.Max(next, (lease.Last.Bits - min) / step + 1);
        }

        for (; next < count; next++)
        {
            yield return Nth(range, step * next);
        }
    }

    private static Cidr Nth(SubnetRange range, UInt128 offset) => range.Min.WithLength(range.SubnetLength).Offset(offset);
}
