using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel;

/// <summary>The facts of this host's network from which the external interface is chosen, as the kernel stated them at one moment.</summary>
public sealed partial record HostNetwork
{
    /// <summary>In the order of their index.</summary>
    public required IReadOnlyList<Link> Links { get; init; }

    /// <summary>In the kernel's order.</summary>
    public required IReadOnlyList<InterfaceAddress> Addresses { get; init; }

    /// <summary>The routes of both families to everywhere (<c>0.0.0.0/0</c>, <c>::/0</c>) in the main table, in the kernel's order: the lowest metric first.</summary>
    public required IReadOnlyList<Route> DefaultRoutes { get; init; }

    /// <summary>The kernel's route to one address (<c>ip route get</c>); null if there is none.</summary>
    public required Func<IPAddress, Route?> RouteTo { get; init; }

    /// <summary>
    /// The addresses of an interface that peers might send to, best first: not deprecated, unicast, neither loopback nor multicast; of the whole world or at least the
    /// site before those of the link; permanent before those with a lifetime; temporary ones (and secondary ones of IPv4, which have the same flag) last.
    /// </summary>
    public IReadOnlyList<IPAddress> UsableAddresses(Link link, AddressFamily family) =>
    [
        .. Addresses
            .Where(address => address.LinkIndex == link.Index && address.Address.Family == family)
            .Where(address => !address.Flags.HasFlag(AddressFlags.IFA_F_DEPRECATED) && IsUnicast(address.Address))
            .OrderBy(address => IsLinkLocal(address.Address))
            .ThenBy(address => !address.Flags.HasFlag(AddressFlags.IFA_F_PERMANENT))
            .ThenBy(address => address.Flags.HasFlag(AddressFlags.IFA_F_SECONDARY))
            .Select(address => address.Address.Address),
    ];

    private static bool IsUnicast(Cidr address)
    {
        var ip = address.Address;
        return address.IsIPv6
            ? !ip.IsIPv6Multicast && !IPAddress.IPv6Loopback.Equals(ip) && !IPAddress.IPv6Any.Equals(ip)
            : address.Bits >> 28 != 0xe && address.Bits >> 24 != 127 && address.Bits != 0 && address.Bits != uint.MaxValue;
    }

    private static bool IsLinkLocal(Cidr address) => address.IsIPv6 ? address.Address.IsIPv6LinkLocal : address.Bits >> 16 == 0xa9fe;
}
