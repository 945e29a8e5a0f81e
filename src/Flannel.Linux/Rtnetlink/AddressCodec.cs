using System.Diagnostics.CodeAnalysis;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfAddr;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>RTM_*ADDR messages: struct ifaddrmsg and IFA_* attributes.</summary>
internal static class AddressCodec
{
    // The rest is the kernel's own account of the address and not for us to say.
    private const AddressFlags Settable = AddressFlags.IFA_F_NODAD | AddressFlags.IFA_F_NOPREFIXROUTE;

    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, in InterfaceAddress address)
    {
        buffer.Begin(type, flags, sequence, new ifaddrmsg
        {
            ifa_family = address.Address.IsIPv6 ? AF_INET6 : AF_INET,
            ifa_prefixlen = (byte)address.Address.PrefixLength,
            ifa_scope = (byte)address.Scope,
            ifa_index = (uint)address.LinkIndex,
        });
        buffer.Put(IFA_LOCAL, address.Address);
        buffer.Put(IFA_ADDRESS, address.Address);
        if (address.Broadcast is { } broadcast)
        {
            buffer.Put(IFA_BROADCAST, broadcast);
        }

        if ((address.Flags & Settable) is not 0 and var settable && type == RTM_NEWADDR)
        {
            buffer.Put(IFA_FLAGS, (uint)settable);
        }

        buffer.End();
    }

    public static void WriteGet(MessageBuffer buffer, ushort flags, uint sequence, int linkIndex)
    {
        buffer.Begin(RTM_GETADDR, flags, sequence, new ifaddrmsg { ifa_index = (uint)linkIndex });
        buffer.End();
    }

    /// <summary>Reads an IPv4 or IPv6 address; false for another family.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out InterfaceAddress? address)
    {
        address = null;
        var header = NetlinkMessage.ReadHeader<ifaddrmsg>(payload);
        if (header.ifa_family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        // On a point-to-point device IFA_ADDRESS is the other side's; IFA_LOCAL, where it is given, is always ours.
        ReadOnlySpan<byte> local = default, any = default;
        var flags = (uint)header.ifa_flags;
        foreach (var attribute in NetlinkMessage.ReadAttributes<ifaddrmsg>(payload))
        {
            switch (attribute.Type)
            {
                case IFA_LOCAL: local = attribute.Value; break;
                case IFA_ADDRESS: any = attribute.Value; break;
                case IFA_FLAGS: flags = attribute.UInt32; break;
                default: break;
            }
        }

        var cidr = Cidr.FromBytes(local.IsEmpty ? any : local, header.ifa_prefixlen);
        address = new InterfaceAddress((int)header.ifa_index, cidr, (AddressScope)header.ifa_scope, (AddressFlags)flags);
        return true;
    }
}
