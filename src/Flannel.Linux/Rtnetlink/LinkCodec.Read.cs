using System.Diagnostics.CodeAnalysis;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfLink;

namespace Flannel.Linux.Rtnetlink;

internal static partial class LinkCodec
{
    /// <summary>
    /// Reads a device. False for what only looks like one: a bridge's word about its port (family AF_BRIDGE, where RTM_DELLINK means that the port left) and a
    /// driver's wireless event.
    /// </summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Link? link)
    {
        link = null;
        var header = NetlinkMessage.ReadHeader<ifinfomsg>(payload);
        if (header.ifi_family != LinuxRtnetlink.AF_UNSPEC)
        {
            return false;
        }

        var name = "";
        var (mtu, master, below) = (0, 0, 0);
        MacAddress? mac = null;
        var state = OperationalState.IF_OPER_UNKNOWN;
        Kind? kind = null;
        foreach (var attribute in NetlinkMessage.ReadAttributes<ifinfomsg>(payload))
        {
            switch (attribute.Type)
            {
                case IFLA_IFNAME: name = attribute.Text; break;
                case IFLA_MTU: mtu = attribute.Int32; break;
                case IFLA_MASTER: master = attribute.Int32; break;
                case IFLA_ADDRESS when header.ifi_type == ARPHRD_ETHER: mac = attribute.Mac; break;
                case IFLA_LINK: below = attribute.Int32; break;
                case IFLA_OPERSTATE: state = (OperationalState)attribute.UInt8; break;
                case IFLA_LINKINFO: kind = ReadKind(attribute.Nested); break;
                case IFLA_WIRELESS: return false;
                default: break;
            }
        }

        link = new Link
        {
            Index = header.ifi_index,
            Name = name,
            Kind = kind?.Name,
            IsUp = (header.ifi_flags & IFF_UP) != 0,
            IsLoopback = (header.ifi_flags & IFF_LOOPBACK) != 0,
            Mtu = mtu,
            Mac = mac,
            Master = master,
            IsPromiscuous = (header.ifi_flags & IFF_PROMISC) != 0,
            OperationalState = state,
            Vxlan = kind?.Vxlan,
            Bridge = kind?.Bridge,
            PeerIndex = kind is { Name: "veth" } ? below : 0,
        };
        return true;
    }

    private static Kind ReadKind(Attributes info)
    {
        var kind = default(Kind);
        foreach (var attribute in info)
        {
            switch (attribute.Type)
            {
                case IFLA_INFO_KIND: kind = kind with { Name = attribute.Text }; break;
                case IFLA_INFO_DATA when kind.Name == "vxlan": kind = kind with { Vxlan = ReadVxlan(attribute.Nested) }; break;
                case IFLA_INFO_DATA when kind.Name == "bridge": kind = kind with { Bridge = ReadBridge(attribute.Nested) }; break;
                default: break;
            }
        }

        return kind;
    }

    private readonly record struct Kind(string? Name, VxlanAttributes? Vxlan, BridgeAttributes? Bridge);
}
