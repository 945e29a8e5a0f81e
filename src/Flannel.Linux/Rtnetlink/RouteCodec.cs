using System.Net.Sockets;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>RTM_*ROUTE messages: struct rtmsg and RTA_* attributes.</summary>
internal static partial class RouteCodec
{
    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, Route route)
    {
        buffer.Begin(type, flags, sequence, new rtmsg
        {
            rtm_family = Family(route.Destination.Family),
            rtm_dst_len = (byte)route.Destination.PrefixLength,
            rtm_table = route.Table < 256 ? (byte)route.Table : RT_TABLE_UNSPEC,
            rtm_protocol = route.Protocol,
            rtm_scope = type == RTM_DELROUTE ? RT_SCOPE_NOWHERE : (byte)route.Scope, // nowhere: a route of any scope is meant
            rtm_type = (byte)route.Type,
            rtm_flags = route.OnLink ? RTNH_F_ONLINK : 0u,
        });
        if (route.Destination.PrefixLength > 0)
        {
            buffer.Put(RTA_DST, route.Destination.Network);
        }

        WriteHop(buffer, route);
        if (route.Metric != 0)
        {
            buffer.Put(RTA_PRIORITY, route.Metric);
        }

        if (route.Table >= 256)
        {
            buffer.Put(RTA_TABLE, route.Table);
        }

        buffer.End();
    }

    /// <summary>A request for the routes of one family in one table, by strict checking filtered in the kernel.</summary>
    public static void WriteList(MessageBuffer buffer, ushort flags, uint sequence, AddressFamily family, byte table)
    {
        buffer.Begin(RTM_GETROUTE, flags, sequence, new rtmsg { rtm_family = Family(family), rtm_table = table });
        buffer.End();
    }

    /// <summary>A request for the route that a packet to the destination would take.</summary>
    public static void WriteLookup(MessageBuffer buffer, ushort flags, uint sequence, Cidr destination)
    {
        buffer.Begin(RTM_GETROUTE, flags, sequence, new rtmsg { rtm_family = Family(destination.Family), rtm_dst_len = (byte)destination.PrefixLength });
        buffer.Put(RTA_DST, destination);
        buffer.End();
    }

    private static void WriteHop(MessageBuffer buffer, Route route)
    {
        // A multipath route is known by its first hop alone; without it the kernel deletes by destination.
        if (route.IsMultipath)
        {
            return;
        }

        if (route.Gateway is { } gateway)
        {
            buffer.Put(RTA_GATEWAY, gateway);
        }

        if (route.LinkIndex != 0)
        {
            buffer.Put(RTA_OIF, route.LinkIndex);
        }

        if (route.PreferredSource is { } source)
        {
            buffer.Put(RTA_PREFSRC, source);
        }
    }

    private static byte Family(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? AF_INET6 : AF_INET;
}
