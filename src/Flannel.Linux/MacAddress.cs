using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Flannel.Linux;

/// <summary>A 48-bit Ethernet address. Text form: lower case, colon separated.</summary>
public readonly record struct MacAddress
{
    private readonly ulong _bits;

    private MacAddress(ulong bits) => _bits = bits;

    /// <summary>Six bytes in wire order.</summary>
    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, 6);
        Span<byte> wide = stackalloc byte[8];
        bytes.CopyTo(wide[2..]);
        _bits = BinaryPrimitives.ReadUInt64BigEndian(wide);
    }

    public bool IsZero => _bits == 0;

    /// <summary>Group address (bit 0 of the first byte); a VTEP never has one.</summary>
    public bool IsMulticast => (_bits >> 40 & 1) != 0;

    /// <summary>Neither zero nor a group address.</summary>
    public bool IsUnicast => !IsZero && !IsMulticast;

    /// <summary>A random unicast, locally administered address.</summary>
    public static MacAddress Random()
    {
        Span<byte> bytes = stackalloc byte[6];
#pragma warning disable CA5394 // an address is no secret, and the cryptographic generator brings all of OpenSSL into memory
        System.Random.Shared.NextBytes(bytes);
#pragma warning restore CA5394
        bytes[0] = (byte)(bytes[0] & 0xfe | 0x02);
        return new MacAddress(bytes);
    }

    /// <summary>Writes the six bytes in wire order.</summary>
    public void CopyTo(Span<byte> destination)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, _bits);
        wide[2..].CopyTo(destination);
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out MacAddress mac)
    {
        mac = default;
        if (text is not { Length: 17 })
        {
            return false;
        }

        ulong bits = 0;
        for (var i = 0; i < 17; i += 3)
        {
            if (i > 0 && text[i - 1] is not (':' or '-') ||
                !byte.TryParse(text.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            bits = bits << 8 | value;
        }

        mac = new MacAddress(bits);
        return true;
    }

    /// <exception cref="FormatException">The text is not six pairs of hexadecimal digits.</exception>
    public static MacAddress Parse(string text) => TryParse(text, out var mac) ? mac : throw new FormatException($"invalid MAC address: {text}");

    public override string ToString() => string.Create(17, _bits, static (span, bits) =>
    {
        for (var i = 0; i < 6; i++)
        {
            ((byte)(bits >> (40 - 8 * i))).TryFormat(span[(3 * i)..], out _, "x2", CultureInfo.InvariantCulture);
            if (i < 5)
            {
                span[3 * i + 2] = ':';
            }
        }
    });
}
