using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Flannel.Linux;

/// <summary>
/// An IPv4 or IPv6 address with a prefix length, as in <c>10.5.72.1/24</c>. Host bits are kept; <see cref="Network"/> clears them.
/// The default value is no address at all (<see cref="IsEmpty"/>).
/// </summary>
public readonly record struct Cidr : IComparable<Cidr>
{
    // Not a UInt128: its alignment makes a Cidr 32 bytes instead of 24, and there are dozens for each peer.
    private readonly ulong _upper;
    private readonly ulong _lower;
    private readonly byte _width;
    private readonly byte _length;

    private Cidr(UInt128 bits, int width, int prefixLength) =>
        (_upper, _lower, _width, _length) = ((ulong)(bits >> 64), (ulong)bits, (byte)width, (byte)prefixLength);

    /// <summary>An address and its prefix length: 0–32 for IPv4, 0–128 for IPv6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the family.</exception>
    public Cidr(IPAddress address, int prefixLength)
    {
        _width = address.AddressFamily == AddressFamily.InterNetwork ? (byte)32 : (byte)128;
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, _width);
        _length = (byte)prefixLength;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        (_upper, _lower) = written == 4
            ? (0, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>Four or sixteen bytes in wire order and a length that fits them.</summary>
    /// <exception cref="FormatException">Another number of bytes, or a length beyond it.</exception>
    internal static Cidr FromBytes(ReadOnlySpan<byte> address, int prefixLength)
    {
        if (address.Length is not (4 or 16) || prefixLength > address.Length * 8)
        {
            throw new FormatException($"{address.Length} bytes and prefix length {prefixLength} make no address");
        }

        var bits = address.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(address) : BinaryPrimitives.ReadUInt128BigEndian(address);
        return new Cidr(bits, address.Length * 8, prefixLength);
    }

    /// <summary>Writes the address in wire order: four or sixteen bytes.</summary>
    internal void CopyTo(Span<byte> destination)
    {
        if (IsIPv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Bits);
        }
    }

    /// <summary>True for the default value.</summary>
    public bool IsEmpty => _width == 0;

    public bool IsIPv6 => _width == 128;

    public AddressFamily Family => IsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    public int PrefixLength => _length;

    /// <summary>Bits of an address of this family: 32 or 128.</summary>
    public int Width => _width;

    /// <summary>Whether the address is one that no router of the internet knows: 10/8, 172.16/12 and 192.168/16 (RFC 1918), fc00::/7 (RFC 4193).</summary>
    public bool IsPrivate => IsIPv6
        ? Bits >> 121 == 0xfc >> 1
        : Bits >> 24 == 10 || Bits >> 20 == 0xac1 || Bits >> 16 == 0xc0a8;

    /// <summary>The address as a number, right-aligned: 32 significant bits for IPv4, 128 for IPv6.</summary>
    public UInt128 Bits => new(_upper, _lower);

    /// <summary>The address, host bits included.</summary>
    public IPAddress Address
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
            return new IPAddress(IsIPv6 ? bytes : bytes[12..]);
        }
    }

    /// <summary>The same network with the host bits cleared.</summary>
    public Cidr Network => new(Bits & Mask(_length), _width, _length);

    /// <summary>The last address of the network, same length.</summary>
    public Cidr Last => new(Bits | ~Mask(_length) & Mask128(_width), _width, _length);

    /// <summary>The number of addresses. The network <c>::/0</c> has 2^128, which is given as 0.</summary>
    public UInt128 Size => _width - _length == 128 ? 0 : UInt128.One << (_width - _length);

    /// <summary>The address alone: length 32 or 128.</summary>
    public Cidr AsHost => new(Bits, _width, _width);

    /// <summary>A single address as a /32 or /128.</summary>
    public static Cidr Host(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    /// <summary>An address <paramref name="count"/> further on, same length; it wraps within the family.</summary>
    public Cidr Offset(UInt128 count) => new((Bits + count) & Mask128(_width), _width, _length);

    /// <summary>The same family and length with another address.</summary>
    public Cidr WithBits(UInt128 bits) => new(bits & Mask128(_width), _width, _length);

    /// <summary>The same address with another length.</summary>
    public Cidr WithLength(int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, (int)_width);
        return new(Bits, _width, prefixLength);
    }

    public bool Contains(IPAddress address) => Contains(Host(address));

    /// <summary>Whether all of <paramref name="other"/> lies inside; false across families.</summary>
    public bool Contains(Cidr other) =>
        !IsEmpty && _width == other._width && _length <= other._length && ((Bits ^ other.Bits) & Mask(_length)) == 0;

    /// <summary>Whether both share an address: compared under the shorter length; false across families.</summary>
    public bool Overlaps(Cidr other) =>
        !IsEmpty && _width == other._width && ((Bits ^ other.Bits) & Mask(Math.Min(_length, other._length))) == 0;

    public static bool TryParse([NotNullWhen(true)] string? text, out Cidr cidr)
    {
        cidr = default;
        if (text is null || text.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ||
            !TryParseAddress(text.AsSpan(0, slash), out var address) ||
            !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ||
            length > (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        {
            return false;
        }

        cidr = new Cidr(address, length);
        return true;
    }

    /// <exception cref="FormatException">The text is not an address, a slash and a length.</exception>
    public static Cidr Parse(string text) =>
        TryParse(text, out var cidr) ? cidr : throw new FormatException($"invalid CIDR address: {text}");

    /// <summary>
    /// An address in its usual text form: four decimal groups without leading zeros, or IPv6 without a zone. <see cref="IPAddress"/> alone takes "10" and "0x7f.1" too.
    /// </summary>
    public static bool TryParseAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.ContainsAny("%[] ") || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetwork && !text.Equals(parsed.ToString(), StringComparison.Ordinal))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    public int CompareTo(Cidr other)
    {
        var byFamily = _width.CompareTo(other._width);
        var byAddress = byFamily != 0 ? byFamily : Bits.CompareTo(other.Bits);
        return byAddress != 0 ? byAddress : _length.CompareTo(other._length);
    }

    public static bool operator <(Cidr left, Cidr right) => left.CompareTo(right) < 0;

    public static bool operator >(Cidr left, Cidr right) => left.CompareTo(right) > 0;

    public static bool operator <=(Cidr left, Cidr right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Cidr left, Cidr right) => left.CompareTo(right) >= 0;

    public override int GetHashCode() => HashCode.Combine(_upper, _lower, _width, _length);

    public override string ToString() => IsEmpty ? "none" : $"{Address}/{_length}";

    private UInt128 Mask(int length) => length == 0 ? 0 : Mask128(_width) & (Mask128(_width) << (_width - length));

    private static UInt128 Mask128(int width) => width switch { 0 => 0, 32 => uint.MaxValue, _ => UInt128.MaxValue };
}
