using System.Net;
using System.Net.Sockets;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxNeighbour;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>RTM_*NEIGH messages: struct ndmsg and NDA_* attributes, for neighbours (IPv4, IPv6) and forwarding entries (AF_BRIDGE) alike.</summary>
internal static class NeighbourCodec
{
    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, in Neighbour neighbour)
    {
        buffer.Begin(type, flags, sequence, new ndmsg
        {
            ndm_family = neighbour.Address.AddressFamily == AddressFamily.InterNetworkV6 ? AF_INET6 : AF_INET,
            ndm_ifindex = neighbour.LinkIndex,
            ndm_state = (ushort)neighbour.State,
        });
        buffer.Put(NDA_DST, neighbour.Address);
        if (neighbour.Mac is { } mac)
        {
            buffer.Put(NDA_LLADDR, mac);
        }

        buffer.End();
    }

    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, in FdbEntry entry)
    {
        buffer.Begin(type, flags, sequence, new ndmsg
        {
            ndm_family = AF_BRIDGE,
            ndm_ifindex = entry.LinkIndex,
            ndm_state = (ushort)entry.State,
            ndm_flags = NTF_SELF,
        });
        buffer.Put(NDA_LLADDR, entry.Mac);
        if (entry.Remote is { } remote)
        {
            buffer.Put(NDA_DST, remote);
        }

        buffer.End();
    }

    /// <summary>A request for the entries of one device: AF_UNSPEC lists neighbours of both families, AF_BRIDGE forwarding entries.</summary>
    public static void WriteGet(MessageBuffer buffer, ushort flags, uint sequence, byte family, int linkIndex)
    {
        buffer.Begin(RTM_GETNEIGH, flags, sequence, new ndmsg { ndm_family = family });
        buffer.Put(NDA_IFINDEX, linkIndex);
        buffer.End();
    }

    /// <summary>Reads an IPv4 or IPv6 neighbour; false for another family.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Neighbour neighbour)
    {
        neighbour = default;
        var header = NetlinkMessage.ReadHeader<ndmsg>(payload);
        if (header.ndm_family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        var entry = ReadEntry(payload);
        var address = entry.Address ?? throw new FormatException("netlink: a neighbour without address");
        neighbour = new Neighbour(header.ndm_ifindex, address, entry.Mac, (NeighbourState)header.ndm_state);
        return true;
    }

    /// <summary>Reads a forwarding entry of a device; false for another family and for the entries that a bridge keeps about its ports.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FdbEntry entry)
    {
        entry = default;
        var header = NetlinkMessage.ReadHeader<ndmsg>(payload);
        if (header.ndm_family != AF_BRIDGE)
        {
            return false;
        }

        var read = ReadEntry(payload);
        if (read.IsOfBridge || read.Mac is null)
        {
            return false;
        }

        entry = new FdbEntry(header.ndm_ifindex, read.Mac.Value, read.Address, (NeighbourState)header.ndm_state);
        return true;
    }

    private static (IPAddress? Address, MacAddress? Mac, bool IsOfBridge) ReadEntry(ReadOnlySpan<byte> payload)
    {
        IPAddress? address = null;
        MacAddress? mac = null;
        var isOfBridge = false;
        foreach (var attribute in NetlinkMessage.ReadAttributes<ndmsg>(payload))
        {
            switch (attribute.Type)
            {
                case NDA_DST: address = attribute.Address; break;
                case NDA_LLADDR when attribute.Value.Length == 6: mac = attribute.Mac; break;
                case NDA_MASTER: isOfBridge = true; break;
                default: break;
            }
        }

        return (address, mac, isOfBridge);
    }
}
