using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>Ranges of one family that together give a container one address. They do not overlap.</summary>
internal sealed class RangeSet
{
    private readonly List<AddressRange> _ranges;

    private RangeSet(List<AddressRange> ranges) => _ranges = ranges;

    public bool IsIPv6 => _ranges[0].Subnet.IsIPv6;

    /// <exception cref="CniException">There is no range, one is malformed, they are of two families or overlap.</exception>
    public static RangeSet Read(IEnumerable<JsonElement> items)
    {
        List<AddressRange> ranges = [];
        foreach (var item in items)
        {
            var range = AddressRange.Read(item);
            if (ranges.Count > 0 && ranges[0].Subnet.IsIPv6 != range.Subnet.IsIPv6)
            {
                throw new CniException(CniException.InvalidConfig, "mixed address families");
            }

            if (ranges.Find(range.Overlaps) is { } other)
            {
                throw new CniException(CniException.InvalidConfig, $"subnets {other} and {range} overlap");
            }

            ranges.Add(range);
        }

        return ranges.Count > 0 ? new RangeSet(ranges) : throw new CniException(CniException.InvalidConfig, "empty range set");
    }

    /// <summary>The range that has the address, or null.</summary>
    public AddressRange? RangeOf(Cidr host) => _ranges.Find(range => range.Contains(host));

    public bool Overlaps(RangeSet other) => _ranges.Exists(range => other._ranges.Exists(range.Overlaps));

    /// <summary>
    /// Every address but the gateways once, in turn: from the one behind the address given out last, over the end of the set to its beginning, up to that address itself.
    /// So one that was just released is the last to be used again. Without a last address, or with one of elsewhere, from the beginning.
    /// </summary>
    public IEnumerable<(AddressRange Range, Cidr Host)> InTurn(Cidr? last)
    {
        var start = last is { } host ? _ranges.FindIndex(range => range.Contains(host)) : -1;
        if (start < 0)
        {
            return _ranges.SelectMany(range => Between(range, range.First.Bits, range.Last.Bits));
        }

        var (first, behind) = (_ranges[start], last!.Value.Bits + 1);
        return Between(first, behind, first.Last.Bits)
            .Concat(_ranges.Skip(start + 1).Concat(_ranges.Take(start)).SelectMany(range => Between(range, range.First.Bits, range.Last.Bits)))
            .Concat(Between(first, first.First.Bits, behind - 1));
    }

    public override string ToString() => string.Join(',', _ranges);

    // Counted down, since the last address may be the highest number there is.
    private static IEnumerable<(AddressRange Range, Cidr Host)> Between(AddressRange range, UInt128 from, UInt128 to)
    {
        for (var left = to - from + 1; left > 0; left--)
        {
            var host = range.First.WithBits(to - left + 1);
            if (host != range.Gateway)
            {
                yield return (range, host);
            }
        }
    }
}
