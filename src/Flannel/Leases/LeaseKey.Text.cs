using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using Flannel.Linux;

namespace Flannel.Leases;

public readonly partial record struct LeaseKey
{
    private const int LongestText = 64;

    private static readonly SearchValues<char> AddressLetters = SearchValues.Create("0123456789abcdef.:");

    /// <summary>
    /// Reads the last part of a store's key. Rejected besides other grammar: host bits, a length that leaves a single address (/32, /128), upper-case letters.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LeaseKey key)
    {
        key = default;
        if (text.Length > LongestText)
        {
            return false;
        }

        var separator = text.IndexOf('&');
        var first = separator < 0 ? text : text[..separator];
        if (!TryParsePart(first, out var subnet))
        {
            return false;
        }

        if (separator < 0)
        {
            key = subnet.IsIPv6 ? new LeaseKey(default, subnet) : new LeaseKey(subnet, default);
            return true;
        }

        if (subnet.IsIPv6 || !TryParsePart(text[(separator + 1)..], out var second) || !second.IsIPv6)
        {
            return false;
        }

        key = new LeaseKey(subnet, second);
        return true;
    }

    /// <summary>The text of the key; IPv6 in its canonical compressed form.</summary>
    public override string ToString() => (IPv4.IsEmpty, IPv6.IsEmpty) switch
    {
        (false, true) => PartText(IPv4),
        (true, false) => PartText(IPv6),
        (false, false) => $"{PartText(IPv4)}&{PartText(IPv6)}",
        _ => "",
    };

    private static string PartText(Cidr subnet) => string.Create(CultureInfo.InvariantCulture, $"{subnet.Address}-{subnet.PrefixLength}");

    private static bool TryParsePart(ReadOnlySpan<char> text, out Cidr subnet)
    {
        subnet = default;
        var dash = text.LastIndexOf('-');
        if (dash < 0 || text[..dash].ContainsAnyExcept(AddressLetters) ||
            !Cidr.TryParseAddress(text[..dash], out var address) ||
            !int.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ||
            length >= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        {
            return false;
        }

        subnet = new Cidr(address, length);
        return subnet == subnet.Network;
    }
}
