using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests;

/// <summary>Builds the facts of a host by hand; interfaces get the indexes 1, 2, … in the order in which they are named.</summary>
internal sealed class HostFacts
{
    private readonly List<Link> _links = [];
    private readonly List<InterfaceAddress> _addresses = [];
    private readonly List<Route> _defaults = [];
    private readonly Dictionary<IPAddress, Route> _routes = [];

    public HostNetwork Facts => new()
    {
        Links = _links,
        Addresses = _addresses,
        DefaultRoutes = _defaults,
        RouteTo = target => _routes.GetValueOrDefault(target),
    };

    public HostFacts With(string name, params IEnumerable<string> addresses) => With(name, 1500, addresses);

    public HostFacts With(string name, int mtu, params IEnumerable<string> addresses)
    {
        _links.Add(new Link { Name = name, Index = _links.Count + 1, Mtu = mtu });
        foreach (var address in addresses)
        {
            WithAddress(name, address, AddressFlags.IFA_F_PERMANENT);
        }

        return this;
    }

    public HostFacts WithAddress(string name, string address, AddressFlags flags)
    {
        _addresses.Add(new InterfaceAddress(IndexOf(name), Cidr.Parse(address), AddressScope.Universe, flags));
        return this;
    }

    public HostFacts WithDefault(string name, string destination)
    {
        _defaults.Add(new Route { Destination = Cidr.Parse(destination), LinkIndex = IndexOf(name) });
        return this;
    }

    public HostFacts WithRouteTo(string target, string name, string source, RouteType type = RouteType.RTN_UNICAST)
    {
        var address = IPAddress.Parse(target);
        _routes[address] = new Route { Destination = Cidr.Host(address), LinkIndex = IndexOf(name), PreferredSource = IPAddress.Parse(source), Type = type };
        return this;
    }

    public ExternalInterface Select(InterfaceCriteria criteria) => InterfaceSelector.Select(criteria, Facts);

    public string Refuses(InterfaceCriteria criteria) => Assert.Throws<HostException>(() => Select(criteria)).Message;

    private int IndexOf(string name) => _links.Find(link => link.Name == name)?.Index ?? 0;
}
