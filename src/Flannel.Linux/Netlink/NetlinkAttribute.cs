using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Flannel.Linux.Netlink;

/// <summary>One attribute of a received message. Reading it as something its length does not allow is a <see cref="FormatException"/>.</summary>
internal readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
{
    /// <summary>nla_type without its flag bits.</summary>
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;

    public bool Boolean => UInt8 != 0;

    public uint UInt32 => MemoryMarshal.TryRead<uint>(Value, out var number) ? number : throw Misfit("a 32-bit number");

    public int Int32 => unchecked((int)UInt32);

    public byte UInt8 => Value.Length >= 1 ? Value[0] : throw Misfit("a byte");

    public ushort UInt16 => MemoryMarshal.TryRead<ushort>(Value, out var number) ? number : throw Misfit("a 16-bit number");

    public ushort UInt16BigEndian => BinaryPrimitives.TryReadUInt16BigEndian(Value, out var number) ? number : throw Misfit("a 16-bit number");

    public ulong UInt64BigEndian => BinaryPrimitives.TryReadUInt64BigEndian(Value, out var number) ? number : throw Misfit("a 64-bit number");

    public IPAddress Address => Value.Length is 4 or 16 ? new IPAddress(Value) : throw Misfit("an IP address");

    public MacAddress Mac => Value.Length == 6 ? new MacAddress(Value) : throw Misfit("a MAC address");

    /// <summary>Text up to its terminating zero.</summary>
    public string Text => Encoding.UTF8.GetString(Value.IndexOf((byte)0) is var end and >= 0 ? Value[..end] : Value);

    public Attributes Nested => new(Value);

    private FormatException Misfit(string wanted) => new($"netlink: attribute {Type} with {Value.Length} bytes is not {wanted}");
}
