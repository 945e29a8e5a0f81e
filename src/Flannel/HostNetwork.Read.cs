using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel;

public sealed partial record HostNetwork
{
    /// <summary>Reads the facts from the kernel. <see cref="RouteTo"/> goes on asking through the socket, which so must outlive the selection.</summary>
    /// <exception cref="NetlinkException">The kernel refused a dump.</exception>
    public static HostNetwork Read(RtnetlinkSocket socket) => new()
    {
        Links = [.. socket.ListLinks().OrderBy(link => link.Index)],
        Addresses = socket.ListAddresses(),
        DefaultRoutes = [.. ListDefaults(socket, AddressFamily.InterNetwork), .. ListDefaults(socket, AddressFamily.InterNetworkV6)],
        RouteTo = target => FindRoute(socket, target),
    };

    private static IEnumerable<Route> ListDefaults(RtnetlinkSocket socket, AddressFamily family) =>
        socket.ListRoutes(family).Where(route => route is { Destination.PrefixLength: 0, Type: RouteType.RTN_UNICAST });

    // A blackhole answers EINVAL, a prohibited destination EACCES.
    private static Route? FindRoute(RtnetlinkSocket socket, IPAddress target)
    {
        try
        {
            return socket.GetRoute(target);
        }
        catch (NetlinkException unreachable) when (unreachable.Errno is Errnos.ENETUNREACH or Errnos.EHOSTUNREACH or Errnos.EINVAL or Errnos.EACCES)
        {
            return null;
        }
    }
}
