using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>
/// Writes netlink messages one behind the other into one buffer that grows and is used again and again. Everything is aligned to four bytes, as linux/netlink.h asks.
/// </summary>
internal sealed class MessageBuffer
{
    private byte[] _bytes = new byte[4096];
    private int _message;

    /// <summary>The finished messages.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public int Length { get; private set; }

    public void Clear() => Length = 0;

    /// <summary>Starts a message: struct nlmsghdr and the family's own header. <see cref="End"/> completes it.</summary>
    public void Begin<THeader>(ushort type, ushort flags, uint sequence, in THeader header)
        where THeader : unmanaged
    {
        _message = Length;
        var start = new nlmsghdr { nlmsg_type = type, nlmsg_flags = flags, nlmsg_seq = sequence };
        MemoryMarshal.Write(Extend(Unsafe.SizeOf<nlmsghdr>()), in start);
        MemoryMarshal.Write(Extend(Unsafe.SizeOf<THeader>()), in header);
    }

    public void End()
    {
        var length = Length - _message;
        MemoryMarshal.Write(_bytes.AsSpan(_message), in length);
    }

    /// <summary>An attribute of <paramref name="length"/> bytes, to be filled by the caller at once.</summary>
    public Span<byte> Reserve(ushort type, int length)
    {
        var total = Unsafe.SizeOf<nlattr>() + length;
        var attribute = Extend(total);
        var header = new nlattr { nla_len = checked((ushort)total), nla_type = type };
        MemoryMarshal.Write(attribute, in header);
        return attribute[Unsafe.SizeOf<nlattr>()..];
    }

    /// <summary>An attribute without a value: its presence says yes.</summary>
    public void PutFlag(ushort type) => Reserve(type, 0);

    public void Put(ushort type, bool value) => Reserve(type, 1)[0] = value ? (byte)1 : (byte)0;

    public void Put(ushort type, ushort value) => MemoryMarshal.Write(Reserve(type, sizeof(ushort)), in value);

    public void Put(ushort type, uint value) => MemoryMarshal.Write(Reserve(type, sizeof(uint)), in value);

    public void Put(ushort type, int value) => Put(type, unchecked((uint)value));

    public void PutBigEndian(ushort type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(type, sizeof(ushort)), value);

    public void PutBigEndian(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(type, sizeof(uint)), value);

    public void PutBigEndian(ushort type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(type, sizeof(ulong)), value);

    public void Put(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Reserve(type, value.Length));

    /// <summary>The four or sixteen bytes of an address.</summary>
    public void Put(ushort type, IPAddress address)
    {
        var isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        address.TryWriteBytes(Reserve(type, isIPv6 ? 16 : 4), out _);
    }

    /// <summary>The address part; the prefix length has its place in the message's header.</summary>
    public void Put(ushort type, Cidr cidr) => cidr.CopyTo(Reserve(type, cidr.Width / 8));

    public void Put(ushort type, MacAddress mac) => mac.CopyTo(Reserve(type, 6));

    /// <summary>UTF-8 with a terminating zero.</summary>
    public void Put(ushort type, string text)
    {
        var value = Reserve(type, Encoding.UTF8.GetByteCount(text) + 1);
        value[Encoding.UTF8.GetBytes(text, value)] = 0;
    }

    /// <summary>Starts an attribute made of attributes; <see cref="EndNested"/> takes the returned place.</summary>
    public int BeginNested(ushort type)
    {
        var place = Length;
        Reserve((ushort)(type | LinuxNetlink.NLA_F_NESTED), 0);
        return place;
    }

    public void EndNested(int place)
    {
        var length = checked((ushort)(Length - place));
        MemoryMarshal.Write(_bytes.AsSpan(place), in length);
    }

    /// <summary>A family's own header inside a nested attribute, before the attributes in there.</summary>
    public void PutHeader<THeader>(in THeader header)
        where THeader : unmanaged => MemoryMarshal.Write(Extend(Unsafe.SizeOf<THeader>()), in header);

    private Span<byte> Extend(int length)
    {
        var aligned = Align(length);
        if (Length + aligned > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + aligned));
        }

        var span = _bytes.AsSpan(Length, aligned);
        span[^Math.Min(aligned, 4)..].Clear();
        Length += aligned;
        return span[..length];
    }

    private static int Align(int length) => (length + 3) & ~3;
}
