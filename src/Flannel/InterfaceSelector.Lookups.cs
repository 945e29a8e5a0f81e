using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel;

public sealed partial class InterfaceSelector
{
    private Choice ByName(string name) =>
        _host.Links.FirstOrDefault(link => link.Name == name) is { } link
            ? new Choice(link, $"{name} is the interface of that name")
            : Choice.None($"there is no interface {name}");

    private Choice ByAddress(IPAddress address)
    {
        var isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        if (_criteria.IsDualStack)
        {
            return isIPv6 ? ByPublicIPv6() : ByAddressOfDualStack(address);
        }

        if (isIPv6 != _criteria.EnableIPv6)
        {
            return Choice.None($"the network is {(isIPv6 ? "IPv4" : "IPv6")} only, and {address} is not");
        }

        return OwnerOf(address, out var others) is { } owner
            ? new Choice(owner, $"{owner.Name} owns {address}") { IPv4 = isIPv6 ? null : address, IPv6 = isIPv6 ? address : null, Others = others }
            : NoOwner(address);
    }

    private Choice ByAddressOfDualStack(IPAddress address)
    {
        if (OwnerOf(address, out var others) is not { } owner)
        {
            return NoOwner(address);
        }

        if (_publicIPv6 is not null && !Owns(owner, _publicIPv6))
        {
            return Choice.None($"{owner.Name} owns {address} but not the public IPv6 address {_publicIPv6}; both must be on one interface");
        }

        return new Choice(owner, $"{owner.Name} owns {address}") { IPv4 = address, IPv6 = _publicIPv6, Others = others };
    }

    // An IPv6 literal alone says nothing about the IPv4 half; the contract lets the public address decide for both.
    private Choice ByPublicIPv6()
    {
        if (_publicIPv6 is null)
        {
            return Choice.None("in a dual-stack network an IPv6 address chooses an interface only together with --public-ipv6; give the name or the IPv4 address");
        }

        return OwnerOf(_publicIPv6, out var others) is { } owner
            ? new Choice(owner, $"{owner.Name} owns the public IPv6 address {_publicIPv6}") { IPv6 = _publicIPv6, Others = others }
            : NoOwner(_publicIPv6);
    }

    private Choice ByReach(string text)
    {
        if (!Cidr.TryParseAddress(text, out var target))
        {
            return Choice.None("invalid IP address format");
        }

        var route = _host.RouteTo(target);
        if (route?.Type == RouteType.RTN_LOCAL)
        {
            return ByAddress(target); // the kernel names the loopback device for each of its own addresses
        }

        if (route is null || LinkOf(route) is not { } link)
        {
            return Choice.None($"the kernel has no route to {target}");
        }

        var source = route.PreferredSource is { AddressFamily: AddressFamily.InterNetwork } address ? address : null;
        return new Choice(link, $"the kernel reaches {target} through {link.Name}") { IPv4 = source };
    }

    private Choice ByDefaultRoute()
    {
        if (!_criteria.IsDualStack)
        {
            return ByDefaultRoute(_criteria.EnableIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6);
        }

        var ipv4 = ByDefaultRoute(AddressFamily.InterNetwork);
        var ipv6 = ByDefaultRoute(AddressFamily.InterNetworkV6);
        if (ipv4.Link is not { } link4 || ipv6.Link is not { } link6)
        {
            return ipv4.Link is null ? ipv4 : ipv6;
        }

        return link4.Index == link6.Index
            ? new Choice(link4, $"{link4.Name} has the default routes of both families") { Others = [.. ipv4.Others.Intersect(ipv6.Others)] }
            : Choice.None($"the IPv4 default route is on {link4.Name} and the IPv6 default route on {link6.Name}; both must be on one interface");
    }

    private Choice ByDefaultRoute(AddressFamily family)
    {
        var name = family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
        var routes = _host.DefaultRoutes.Where(route => route.Destination.PrefixLength == 0 && route.Destination.Family == family).ToList();
        if (routes.Count == 0)
        {
            return Choice.None($"unable to find default route ({name})");
        }

        return LinkOf(routes[0]) is { } link
            ? new Choice(link, $"{link.Name} has the {name} default route")
            {
                Others = [.. routes.Skip(1).Select(LinkOf).OfType<Link>().Where(other => other != link).Distinct()],
            }
            : Choice.None($"found the {name} default route but could not determine its interface");
    }

    private Link? LinkOf(Route route) => _host.Links.FirstOrDefault(link => link.Index == route.LinkIndex);

    private Link? OwnerOf(IPAddress address, out IReadOnlyList<Link> others)
    {
        var owners = _host.Links.Where(link => Owns(link, address)).ToList();
        others = [.. owners.Skip(1)];
        return owners.FirstOrDefault();
    }

    private bool Owns(Link link, IPAddress address) =>
        _host.Addresses.Any(candidate => candidate.LinkIndex == link.Index && candidate.Address.Address.Equals(address));

    private static Choice NoOwner(IPAddress address) => Choice.None($"no interface has the address {address}");
}
