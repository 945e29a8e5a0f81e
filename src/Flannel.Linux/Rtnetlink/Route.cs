using System.Net;

namespace Flannel.Linux.Rtnetlink;

/// <summary>A route, as in <c>ip route show table all</c>.</summary>
public sealed record Route
{
    /// <summary>RTA_DST and rtm_dst_len; the default route is <c>0.0.0.0/0</c> or <c>::/0</c>.</summary>
    public required Cidr Destination { get; init; }

    /// <summary>RTA_GATEWAY (RTA_VIA is not used by flannel).</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>RTA_OIF; 0 lets the kernel find the device of the gateway.</summary>
    public int LinkIndex { get; init; }

    /// <summary>RTA_PREFSRC.</summary>
    public IPAddress? PreferredSource { get; init; }

    /// <summary>RTNH_F_ONLINK: the gateway is on the link whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    public RouteType Type { get; init; } = RouteType.RTN_UNICAST;

    public AddressScope Scope { get; init; }

    /// <summary>rtm_protocol: who installed it. See <see cref="RouteProtocol"/>.</summary>
    public byte Protocol { get; init; } = RouteProtocol.Flannel;

    /// <summary>RTA_TABLE; 254 is the main table.</summary>
    public uint Table { get; init; } = 254;

    /// <summary>RTA_PRIORITY. The kernel gives IPv6 routes 1024 where a request says 0.</summary>
    public uint Metric { get; init; }

    /// <summary>
    /// RTAX_MTU in bytes, which only lookups and listings have: the largest packet for this way, by configuration or by the word of a router on it. Null where the
    /// kernel knows no limit but the device's.
    /// </summary>
    public int? Mtu { get; init; }

    /// <summary>True when RTA_MULTIPATH was present; <see cref="Gateway"/> and <see cref="LinkIndex"/> are then of the first hop.</summary>
    public bool IsMultipath { get; init; }
}

/// <summary>rtm_type (linux/rtnetlink.h).</summary>
public enum RouteType : byte
{
    RTN_UNSPEC = 0,
    RTN_UNICAST = 1,
    RTN_LOCAL = 2,
    RTN_BROADCAST = 3,
    RTN_ANYCAST = 4,
    RTN_MULTICAST = 5,
    RTN_BLACKHOLE = 6,
    RTN_UNREACHABLE = 7,
    RTN_PROHIBIT = 8,
}

/// <summary>rtm_protocol values (linux/rtnetlink.h), and ours.</summary>
public static class RouteProtocol
{
    /// <summary>RTPROT_KERNEL.</summary>
    public const byte Kernel = 2;

    /// <summary>RTPROT_BOOT: what <c>ip route add</c> and the original flannel write.</summary>
    public const byte Boot = 3;

    /// <summary>RTPROT_STATIC.</summary>
    public const byte Static = 4;

    /// <summary>Ours: 102, the letter f. It is in no public list of protocol numbers.</summary>
    public const byte Flannel = 102;
}
