using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>What a container's namespace has, read in one visit.</summary>
/// <param name="Interface">Null when there is none of that name.</param>
/// <param name="Addresses">Those of the interface.</param>
/// <param name="Routes">Those of both families in the main table.</param>
internal sealed record PodState(Link? Interface, IReadOnlyList<Cidr> Addresses, IReadOnlyList<Route> Routes)
{
    public static PodState Read(Netns pod, string interfaceName) => pod.Run(() =>
    {
        using var netlink = new RtnetlinkSocket();
        return netlink.GetLink(interfaceName) is not { } link
            ? new PodState(null, [], [])
            : new PodState(
                link,
                [.. netlink.ListAddresses(link.Index).Select(address => address.Address)],
                [.. netlink.ListRoutes(AddressFamily.InterNetwork), .. netlink.ListRoutes(AddressFamily.InterNetworkV6)]);
    });
}
