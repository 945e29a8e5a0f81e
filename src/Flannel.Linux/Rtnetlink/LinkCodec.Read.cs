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

        var (name, kind) = ("", (string?)null);
        var (mtu, master) = (0, 0);
        MacAddress? mac = null;
        VxlanAttributes? vxlan = null;
        foreach (var attribute in NetlinkMessage.ReadAttributes<ifinfomsg>(payload))
        {
            switch (attribute.Type)
            {
                case IFLA_IFNAME: name = attribute.Text; break;
                case IFLA_MTU: mtu = attribute.Int32; break;
                case IFLA_MASTER: master = attribute.Int32; break;
                case IFLA_ADDRESS when header.ifi_type == ARPHRD_ETHER: mac = attribute.Mac; break;
                case IFLA_LINKINFO: (kind, vxlan) = ReadKind(attribute.Nested); break;
                case IFLA_WIRELESS: return false;
                default: break;
            }
        }

        link = new Link
        {
            Index = header.ifi_index,
            Name = name,
            Kind = kind,
            IsUp = (header.ifi_flags & IFF_UP) != 0,
            IsLoopback = (header.ifi_flags & IFF_LOOPBACK) != 0,
            Mtu = mtu,
            Mac = mac,
            Master = master,
            Vxlan = vxlan,
        };
        return true;
    }

    private static (string? Kind, VxlanAttributes? Vxlan) ReadKind(Attributes info)
    {
        string? kind = null;
        VxlanAttributes? vxlan = null;
        foreach (var attribute in info)
        {
            switch (attribute.Type)
            {
                case IFLA_INFO_KIND: kind = attribute.Text; break;
                case IFLA_INFO_DATA when kind == "vxlan": vxlan = ReadVxlan(attribute.Nested); break;
                default: break;
            }
        }

        return (kind, vxlan);
    }
}
