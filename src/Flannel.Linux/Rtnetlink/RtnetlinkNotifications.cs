using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>
/// What changes among links, addresses, routes of the main table, neighbours and forwarding entries in the network namespace of the thread that opened it, from that
/// moment on and in the kernel's order. One reader at a time.
/// </summary>
public sealed class RtnetlinkNotifications : IDisposable
{
    private readonly NetlinkListener _listener;

    /// <exception cref="LinuxException">No socket is to be had.</exception>
    public RtnetlinkNotifications()
        : this(NetlinkListener.LargeBuffer)
    {
    }

    /// <summary>With room for <paramref name="receiveBuffer"/> bytes.</summary>
    internal RtnetlinkNotifications(int receiveBuffer)
        : this(receiveBuffer, [RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE])
    {
    }

    private RtnetlinkNotifications(int receiveBuffer, ReadOnlySpan<int> groups) =>
        _listener = new NetlinkListener(LinuxNetlink.NETLINK_ROUTE, receiveBuffer, groups);

    /// <summary>Those of links and addresses alone, for a caller who waits for one of them.</summary>
    /// <exception cref="LinuxException">No socket is to be had.</exception>
    public static RtnetlinkNotifications OfDevices() => new(NetlinkListener.SmallBuffer, [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR]);

    /// <summary>Waits, without using the processor, until there is something to <see cref="Drain"/>. Consumes nothing.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => _listener.WaitAsync(cancellationToken);

    /// <summary>The same on the calling thread: until there is something, a signal came, or the limit is over.</summary>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public void Wait(TimeSpan limit) => _listener.Wait(limit);

    /// <summary>Reads all that is queued, without waiting.</summary>
    /// <returns>False when the kernel dropped some (ENOBUFS): what was known must be listed anew.</returns>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public bool Drain(Action<RtnetlinkEvent> onEvent) => _listener.Drain(message =>
    {
        if (ReadTarget(message.Type, message.Payload) is { } target)
        {
            var deleted = message.Type is RTM_DELLINK or RTM_DELADDR or RTM_DELROUTE or RTM_DELNEIGH;
            onEvent(new RtnetlinkEvent(deleted, message.Has(LinuxNetlink.NLM_F_REPLACE), target));
        }
    });

    public void Dispose() => _listener.Dispose();

    /// <summary>What a notification is about, or null for what is none of ours.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    internal static object? ReadTarget(ushort type, ReadOnlySpan<byte> payload) => type switch
    {
        RTM_NEWLINK or RTM_DELLINK => LinkCodec.TryRead(payload, out var link) ? link : null,
        RTM_NEWADDR or RTM_DELADDR => AddressCodec.TryRead(payload, out var address) ? address : null,
        RTM_NEWROUTE or RTM_DELROUTE => RouteCodec.TryRead(payload, out var route) && route.Table == RT_TABLE_MAIN ? route : null,
        RTM_NEWNEIGH or RTM_DELNEIGH => NeighbourCodec.TryRead(payload, out Neighbour neighbour) ? neighbour
            : NeighbourCodec.TryRead(payload, out FdbEntry entry) ? entry
            : null,
        _ => null,
    };
}
