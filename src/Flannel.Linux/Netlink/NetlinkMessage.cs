using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>One received message: struct nlmsghdr and what follows it.</summary>
internal readonly ref struct NetlinkMessage(nlmsghdr header, ReadOnlySpan<byte> payload)
{
    private readonly nlmsghdr _header = header;

    public ushort Type => _header.nlmsg_type;

    public ushort Flags => _header.nlmsg_flags;

    public uint Sequence => _header.nlmsg_seq;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    public bool Has(ushort flag) => (Flags & flag) != 0;

    /// <summary>The family's own header at the start of a payload.</summary>
    /// <exception cref="FormatException">The payload is shorter.</exception>
    public static T ReadHeader<T>(ReadOnlySpan<byte> payload)
        where T : unmanaged =>
        MemoryMarshal.TryRead<T>(payload, out var header) ? header : throw new FormatException($"netlink: {payload.Length} bytes hold no {typeof(T).Name}");

    /// <summary>The attributes behind the family's own header.</summary>
    public static Attributes ReadAttributes<THeader>(ReadOnlySpan<byte> payload)
        where THeader : unmanaged => new(payload[Math.Min(payload.Length, (Unsafe.SizeOf<THeader>() + 3) & ~3)..]);

    /// <summary>The errno of an NLMSG_ERROR or NLMSG_DONE message as a positive number, 0 for success, with the kernel's own sentence if it gave one.</summary>
    /// <exception cref="FormatException">The message is cut short.</exception>
    public int ReadResult(out string? text)
    {
        text = null;
        var errno = -ReadHeader<int>(Payload);
        if (errno != 0 && Has(LinuxNetlink.NLM_F_ACK_TLVS))
        {
            var attributes = Payload[Math.Min(Payload.Length, ResultLength())..];
            foreach (var attribute in new Attributes(attributes))
            {
                text = attribute.Type == LinuxNetlink.NLMSGERR_ATTR_MSG ? attribute.Text : text;
            }
        }

        return errno;
    }

    // What stands before the attributes: an int in NLMSG_DONE; struct nlmsgerr in NLMSG_ERROR, with the request's payload unless it was left out.
    private int ResultLength()
    {
        if (Type == LinuxNetlink.NLMSG_DONE)
        {
            return sizeof(int);
        }

        var request = ReadHeader<nlmsgerr>(Payload).msg;
        var length = Has(LinuxNetlink.NLM_F_CAPPED) ? Unsafe.SizeOf<nlmsghdr>() : (int)Math.Min(request.nlmsg_len, (uint)Payload.Length);
        return sizeof(int) + ((length + 3) & ~3);
    }
}
