using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

internal static partial class RouteCodec
{
    /// <summary>Reads an IPv4 or IPv6 route of any table; false for another family and for cached routes, which are lookups and not configuration.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Route? route)
    {
        route = null;
        return (NetlinkMessage.ReadHeader<rtmsg>(payload).rtm_flags & RTM_F_CLONED) == 0 && TryReadAny(payload, out route);
    }

    /// <summary>The same, answers to lookups included.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    public static bool TryReadAny(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Route? route)
    {
        route = null;
        var header = NetlinkMessage.ReadHeader<rtmsg>(payload);
        if (header.rtm_family is not (AF_INET or AF_INET6))
        {
            return false;
        }

        route = Read(header, NetlinkMessage.ReadAttributes<rtmsg>(payload));
        return true;
    }

    private static Route Read(rtmsg header, Attributes attributes)
    {
        // The default route has no RTA_DST.
        Span<byte> zero = stackalloc byte[16];
        zero.Clear();
        ReadOnlySpan<byte> destination = zero[..(header.rtm_family == AF_INET6 ? 16 : 4)];
        Hop hop = new(null, 0, header.rtm_flags);
        IPAddress? source = null;
        var isMultipath = false;
        int? mtu = null;
        var (table, metric) = ((uint)header.rtm_table, 0u);
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case RTA_DST: destination = attribute.Value; break;
                case RTA_GATEWAY: hop = hop with { Gateway = attribute.Address }; break;
                case RTA_OIF: hop = hop with { LinkIndex = attribute.Int32 }; break;
                case RTA_PREFSRC: source = attribute.Address; break;
                case RTA_PRIORITY: metric = attribute.UInt32; break;
                case RTA_TABLE: table = attribute.UInt32; break;
                case RTA_METRICS: mtu = ReadMtu(attribute.Nested); break;
                case RTA_MULTIPATH: (isMultipath, hop) = (true, ReadFirstHop(attribute.Value)); break;
                default: break;
            }
        }

        return new Route
        {
            Destination = Cidr.FromBytes(destination, header.rtm_dst_len),
            Gateway = hop.Gateway,
            LinkIndex = hop.LinkIndex,
            PreferredSource = source,
            OnLink = (hop.Flags & RTNH_F_ONLINK) != 0,
            Type = (RouteType)header.rtm_type,
            Scope = (AddressScope)header.rtm_scope,
            Protocol = header.rtm_protocol,
            Table = table,
            Metric = metric,
            Mtu = mtu,
            IsMultipath = isMultipath,
        };
    }

    private static int? ReadMtu(Attributes metrics)
    {
        int? mtu = null;
        foreach (var metric in metrics)
        {
            mtu = metric.Type == RTAX_MTU ? metric.Int32 : mtu;
        }

        return mtu;
    }

    private static Hop ReadFirstHop(ReadOnlySpan<byte> hops)
    {
        var size = Unsafe.SizeOf<rtnexthop>();
        if (!MemoryMarshal.TryRead<rtnexthop>(hops, out var first) || first.rtnh_len < size || first.rtnh_len > hops.Length)
        {
            throw new FormatException("netlink: a multipath route without hops");
        }

        IPAddress? gateway = null;
        foreach (var attribute in new Attributes(hops[size..first.rtnh_len]))
        {
            gateway = attribute.Type == RTA_GATEWAY ? attribute.Address : gateway;
        }

        return new Hop(gateway, first.rtnh_ifindex, first.rtnh_flags);
    }

    private readonly record struct Hop(IPAddress? Gateway, int LinkIndex, uint Flags);
}
