using System.Net.Sockets;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

/// <summary>Translates between the kernel's records, which know devices by index, and ours, which know them by name; knows what lies in the scope.</summary>
internal sealed class KernelView
{
    private readonly Dictionary<int, Link> _links = [];

    public KernelScope Scope { get; set; } = KernelScope.None;

    public void Forget() => _links.Clear();

    public void Note(Link link) => _links[link.Index] = link;

    public void Remove(int index) => _links.Remove(index);

    public Link? Find(int index) => _links.GetValueOrDefault(index);

    public Link? Find(string name)
    {
        foreach (var link in _links.Values)
        {
            if (link.Name == name)
            {
                return link;
            }
        }

        return null;
    }

    public string NameOf(int index) => index == 0 ? "" : Find(index)?.Name ?? $"if{index}";

    /// <summary>Our record of something the kernel has; null when it lies outside the scope.</summary>
    public KernelObject? Translate(object record) => record switch
    {
        Link link => Scope.IsOwnDevice(link.Name) ? VxlanDevice.From(link, ParentOf(link)) : null,
        InterfaceAddress address => Translate(address),
        FdbEntry { Remote: not null } fdb when Scope.IsOwnDevice(NameOf(fdb.LinkIndex)) =>
            new FdbObject(NameOf(fdb.LinkIndex), fdb.Mac, fdb.Remote) { IsPermanent = (fdb.State & NeighbourState.NUD_PERMANENT) != 0 },
        Neighbour { Mac: { } mac } neighbour when Scope.IsOwnDevice(NameOf(neighbour.LinkIndex)) =>
            new NeighbourObject(NameOf(neighbour.LinkIndex), neighbour.Address, mac) { IsPermanent = (neighbour.State & NeighbourState.NUD_PERMANENT) != 0 },
        Route route => Translate(route),
        _ => null,
    };

    /// <summary>Whether an object that nobody wants is ours to remove: the mark is our protocol number, or the place where only flannel puts things.</summary>
    public bool IsOurs(KernelObject present) => present switch
    {
        AddressObject => true,
        FdbObject fdb => fdb.IsPermanent,
        NeighbourObject neighbour => neighbour.IsPermanent,
        RouteObject route => IsOurs(route),
        _ => false,
    };

    public static InterfaceAddress ToKernel(AddressObject address, int index) =>
        new(index, address.Address, AddressScope.Universe, AddressFlags.IFA_F_PERMANENT | (address.Address.IsIPv6 ? AddressFlags.IFA_F_NODAD : 0));

    public static Route ToKernel(RouteObject route, int index) => new()
    {
        Destination = route.Destination,
        Gateway = route.Gateway,
        LinkIndex = index,
        OnLink = route.OnLink,
        Type = route.IsBlackhole ? RouteType.RTN_BLACKHOLE : RouteType.RTN_UNICAST,
        Protocol = route.Protocol,
    };

    private string ParentOf(Link link) => link.Vxlan is { ParentIndex: > 0 } vxlan ? NameOf(vxlan.ParentIndex) : "";

    private AddressObject? Translate(InterfaceAddress address)
    {
        var device = NameOf(address.LinkIndex);
        if (!Scope.IsOwnDevice(device) || address.Scope == AddressScope.Link)
        {
            return null;
        }

        return address.Address.IsIPv6 || Scope.NetworkOf(address.Address.AsHost) is not null ? new AddressObject(device, address.Address) : null;
    }

    private RouteObject? Translate(Route route)
    {
        var defaultMetric = route.Destination.Family == AddressFamily.InterNetworkV6 ? 1024u : 0u;
        if (route.Type is not (RouteType.RTN_UNICAST or RouteType.RTN_BLACKHOLE) || route.Metric != defaultMetric || Scope.NetworkOf(route.Destination) is null)
        {
            return null;
        }

        return new RouteObject(route.Destination, route.Gateway, DeviceOf(route))
        {
            OnLink = route.OnLink,
            IsBlackhole = route.Type == RouteType.RTN_BLACKHOLE,
            Protocol = route.Protocol,
        };
    }

    private string DeviceOf(Route route) => route.IsMultipath ? "multipath" : route.Type == RouteType.RTN_BLACKHOLE ? "" : NameOf(route.LinkIndex);

    private bool IsOurs(RouteObject route)
    {
        if (Scope.NetworkOf(route.Destination) is not { } network)
        {
            return false;
        }

        return route.Protocol switch
        {
            RouteProtocol.Flannel => true,
            RouteProtocol.Boot => Scope.IsOwnDevice(route.DeviceName) ||
                Scope.AdoptsRoutes && route.Gateway is not null && route.DeviceName == Scope.ExternalDevice && route.Destination.PrefixLength == network.SubnetLength,
            _ => false,
        };
    }
}
