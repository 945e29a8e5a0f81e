using System.Net;
using System.Net.Sockets;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxRtnetlink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>
/// Asks the kernel about links, addresses, routes, neighbours and forwarding entries, and changes them, in the network namespace of the thread that opened the
/// socket. Calls return when the kernel has answered, which it does at once. Threads take turns.
/// </summary>
/// <remarks>Every method throws <see cref="NetlinkException"/> when the kernel refuses and <see cref="LinuxException"/> when the socket fails.</remarks>
public sealed partial class RtnetlinkSocket : IDisposable
{
    private readonly Lock _turn = new();
    private readonly NetlinkSocket _netlink = NetlinkSocket.Open(LinuxNetlink.NETLINK_ROUTE, ReceiveBuffer);
    private readonly MessageBuffer _request = new();
    private readonly byte[] _answer = GC.AllocateUninitializedArray<byte>(64 << 10);
    private readonly Dictionary<int, string> _names = [];
    private readonly int _batch;
    private uint _sequence;

    /// <exception cref="LinuxException">No socket is to be had.</exception>
    public RtnetlinkSocket()
    {
        try
        {
            _netlink.Set(LinuxNetlink.SOL_NETLINK, LinuxNetlink.NETLINK_CAP_ACK, 1);
            _netlink.Set(LinuxNetlink.SOL_NETLINK, LinuxNetlink.NETLINK_EXT_ACK, 1);
            _netlink.Set(LinuxNetlink.SOL_NETLINK, LinuxNetlink.NETLINK_GET_STRICT_CHK, 1);
            _batch = Math.Clamp(_netlink.ReceiveBuffer / AcknowledgementCost, 1, LargestBatch);
        }
        catch
        {
            _netlink.Dispose();
            throw;
        }
    }

    public IReadOnlyList<Link> ListLinks()
    {
        var links = List<Link>("ip link show", sequence => LinkCodec.WriteGet(_request, Dump, sequence, 0, null), LinkCodec.TryRead);
        lock (_turn)
        {
            _names.Clear();
            foreach (var link in links)
            {
                _names[link.Index] = link.Name;
            }
        }

        return links;
    }

    /// <summary>The device of that name, or null.</summary>
    public Link? GetLink(string name) =>
        name.Length is 0 or >= LinuxIfLink.IFNAMSIZ ? null : GetLink($"ip link show {name}", 0, name);

    /// <summary>The device of that index, or null.</summary>
    public Link? GetLink(int index) => index <= 0 ? null : GetLink($"ip link show if{index}", index, null);

    /// <summary>The addresses of both families on one device, or on all with index 0. ENODEV when there is no such device.</summary>
    public IReadOnlyList<InterfaceAddress> ListAddresses(int linkIndex = 0) =>
        List<InterfaceAddress>("ip address show", sequence => AddressCodec.WriteGet(_request, Dump, sequence, linkIndex), AddressCodec.TryRead);

    /// <summary>The routes of one family in the main table, filtered by the kernel.</summary>
    public IReadOnlyList<Route> ListRoutes(AddressFamily family)
    {
        try
        {
            return List<Route>(
                "ip route show", sequence => RouteCodec.WriteList(_request, Dump, sequence, family, RT_TABLE_MAIN), IsOfFamily);
        }
        catch (NetlinkException exception) when (exception.Errno == Errnos.ENOENT)
        {
            return []; // The table is made with its first route.
        }

        // Without IPv6 in the kernel the list of another family is what it answers with.
        bool IsOfFamily(ReadOnlySpan<byte> payload, out Route route) =>
            RouteCodec.TryRead(payload, out route!) && route.Destination.Family == family && route.Table == RT_TABLE_MAIN;
    }

    /// <summary>The neighbours of both families on one device, those that <c>ip neigh</c> hides (NUD_NOARP) included.</summary>
    public IReadOnlyList<Neighbour> ListNeighbours(int linkIndex) =>
        List<Neighbour>("ip neigh show", sequence => NeighbourCodec.WriteGet(_request, Dump, sequence, AF_UNSPEC, linkIndex), NeighbourCodec.TryRead);

    /// <summary>The forwarding entries of one vxlan device; one per remote where an address has several.</summary>
    public IReadOnlyList<FdbEntry> ListFdb(int linkIndex) =>
        List<FdbEntry>("bridge fdb show", sequence => NeighbourCodec.WriteGet(_request, Dump, sequence, AF_BRIDGE, linkIndex), NeighbourCodec.TryRead);

    /// <summary>The route that a packet of this host to the destination would take: output device, gateway, preferred source.</summary>
    /// <exception cref="NetlinkException">ENETUNREACH and its like when there is none.</exception>
    public Route GetRoute(IPAddress destination)
    {
        Route? route = null;
        Ask(
            $"ip route get {destination}",
            sequence => RouteCodec.WriteLookup(_request, LinuxNetlink.NLM_F_REQUEST, sequence, Cidr.Host(destination)),
            payload => RouteCodec.TryReadAny(payload, out route));
        return route ?? throw new FormatException("netlink: the answer to a lookup is no route");
    }

    public void Dispose() => _netlink.Dispose();

    private Link? GetLink(string operation, int index, string? name)
    {
        Link? link = null;
        try
        {
            Ask(
                operation,
                sequence => LinkCodec.WriteGet(_request, LinuxNetlink.NLM_F_REQUEST, sequence, index, name),
                payload => LinkCodec.TryRead(payload, out link));
        }
        catch (NetlinkException exception) when (exception.Errno == Errnos.ENODEV)
        {
            return null;
        }

        if (link is not null)
        {
            lock (_turn)
            {
                _names[link.Index] = link.Name;
            }
        }

        return link;
    }
}
