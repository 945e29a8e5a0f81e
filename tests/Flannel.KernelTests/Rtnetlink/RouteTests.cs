using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class RouteTests
{
    [Fact]
    public async Task An_onlink_route_over_the_vxlan_device_is_what_ip_shows()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();
        host.Do(RequestVerb.Add, new InterfaceAddress(index, Cidr.Parse("10.5.0.0/32")));
        var route = new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.5.1.0"), LinkIndex = index, OnLink = true };

        host.Do(RequestVerb.Replace, route);

        Assert.Equal("10.5.1.0/24 via 10.5.1.0 dev flannel.1 proto 102 onlink", (await host.RunAsync("ip route show")).Trim());
        Assert.Equal(route, Assert.Single(host.Netlink.ListRoutes(AddressFamily.InterNetwork)));

        host.Do(RequestVerb.Delete, route);
        Assert.Empty(await host.RunAsync("ip route show"));
    }

    [Fact]
    public async Task An_IPv6_route_is_what_ip_shows()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "fd00::1/64");
        var route = new Route
        {
            Destination = Cidr.Parse("fd00:5:1::/64"),
            Gateway = IPAddress.Parse("fd00::2"),
            LinkIndex = index,
            PreferredSource = IPAddress.Parse("fd00::1"),
            Metric = 1024,
        };

        host.Do(RequestVerb.Add, route);

        Assert.StartsWith(
            "fd00:5:1::/64 via fd00::2 dev v0 proto 102 src fd00::1 metric 1024", await host.RunAsync("ip -6 route show fd00:5:1::/64"), StringComparison.Ordinal);
        Assert.Contains(route, host.Netlink.ListRoutes(AddressFamily.InterNetworkV6));
        host.Do(RequestVerb.Delete, route);
        Assert.Empty(await host.RunAsync("ip -6 route show fd00:5:1::/64"));
    }

    [Fact]
    public async Task A_lookup_tells_the_mtu_of_a_route_that_has_one()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0", "10.0.0.1/24", "fd00::1/64");
        await host.RunAsync("ip route add 192.0.2.0/24 via 10.0.0.2 mtu 1400");
        await host.RunAsync("ip route add 2001:db8::/64 via fd00::2 mtu 1380");

        Assert.Equal(1400, host.Netlink.GetRoute(IPAddress.Parse("192.0.2.7")).Mtu);
        Assert.Equal(1380, host.Netlink.GetRoute(IPAddress.Parse("2001:db8::7")).Mtu);
        Assert.Null(host.Netlink.GetRoute(IPAddress.Parse("10.0.0.7")).Mtu);
    }

    [Fact]
    public async Task Several_threads_may_ask_one_socket()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0", "10.0.0.1/24");
        var destinations = Enumerable.Range(2, 4).Select(n => IPAddress.Parse($"10.0.0.{n}"));

        await Parallel.ForEachAsync(destinations, new ParallelOptions { MaxDegreeOfParallelism = 4 }, (destination, _) =>
        {
            for (var i = 0; i < 2000; i++)
            {
                Assert.Equal(destination, host.Netlink.GetRoute(destination).Destination.Address);
                Assert.Equal(3, host.Netlink.ListLinks().Count);
            }

            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task A_replaced_route_has_the_new_gateway_only()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24");
        var route = new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.0.0.2"), LinkIndex = index };
        host.Do(RequestVerb.Add, route);

        host.Do(RequestVerb.Replace, route with { Gateway = IPAddress.Parse("10.0.0.3") });

        var shown = Assert.Single(await host.ListAsync("ip -j route show 10.5.1.0/24"));
        Assert.Equal("10.0.0.3", shown.GetProperty("gateway").GetString());
        Assert.Equal(Errnos.EEXIST, Assert.Throws<NetlinkException>(() => host.Do(RequestVerb.Add, route)).Errno);
    }

    [Fact]
    public async Task Blackholes_of_both_families_are_added_and_deleted()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0");
        Route[] routes =
        [
            new() { Destination = Cidr.Parse("10.5.0.0/16"), Type = RouteType.RTN_BLACKHOLE },
            new() { Destination = Cidr.Parse("fd00:5::/48"), Type = RouteType.RTN_BLACKHOLE },
        ];

        Array.ForEach(routes, route => host.Do(RequestVerb.Add, route));

        Assert.StartsWith("blackhole 10.5.0.0/16", await host.RunAsync("ip route show"), StringComparison.Ordinal);
        Assert.StartsWith("blackhole fd00:5::/48", await host.RunAsync("ip -6 route show type blackhole"), StringComparison.Ordinal);
        Assert.Contains(host.Netlink.ListRoutes(AddressFamily.InterNetworkV6), route => route.Type == RouteType.RTN_BLACKHOLE);
        Array.ForEach(routes, route => host.Do(RequestVerb.Delete, route));
        Assert.DoesNotContain("blackhole", await host.RunAsync("ip route show table all"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routes_made_by_ip_are_read_as_they_are()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24");
        await host.RunAsync("ip route add default via 10.0.0.254");
        await host.RunAsync("ip route add 10.7.0.0/16 nexthop via 10.0.0.7 nexthop via 10.0.0.8");
        await host.RunAsync("ip route add unreachable 10.8.0.0/16 metric 50 proto static");

        Assert.Equal(
            [
                new Route { Destination = Cidr.Parse("0.0.0.0/0"), Gateway = IPAddress.Parse("10.0.0.254"), LinkIndex = index, Protocol = RouteProtocol.Boot },
                new Route
                {
                    Destination = Cidr.Parse("10.0.0.0/24"),
                    LinkIndex = index,
                    Scope = AddressScope.Link,
                    PreferredSource = IPAddress.Parse("10.0.0.1"),
                    Protocol = RouteProtocol.Kernel,
                },
                new Route
                {
                    Destination = Cidr.Parse("10.7.0.0/16"),
                    Gateway = IPAddress.Parse("10.0.0.7"),
                    LinkIndex = index,
                    IsMultipath = true,
                    Protocol = RouteProtocol.Boot,
                },
                new Route { Destination = Cidr.Parse("10.8.0.0/16"), Type = RouteType.RTN_UNREACHABLE, Metric = 50, Protocol = RouteProtocol.Static },
            ],
            host.Netlink.ListRoutes(AddressFamily.InterNetwork).OrderBy(route => route.Destination));
    }

    [Fact]
    public async Task Only_the_main_table_and_the_asked_family_are_listed()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24", "fd00::1/64");
        host.Do(RequestVerb.Add, new Route { Destination = Cidr.Parse("10.6.0.0/16"), LinkIndex = index, Scope = AddressScope.Link, Table = 1000 });

        Assert.Equal("10.0.0.0/24", Assert.Single(host.Netlink.ListRoutes(AddressFamily.InterNetwork)).Destination.ToString());
        Assert.All(host.Netlink.ListRoutes(AddressFamily.InterNetworkV6), route => Assert.True(route.Destination.IsIPv6 && route.Table == 254));
        Assert.StartsWith("10.6.0.0/16 dev v0 proto 102 scope link", await host.RunAsync("ip route show table 1000"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_namespace_without_routes_lists_none()
    {
        using var host = new KernelHost();

        Assert.Empty(host.Netlink.ListRoutes(AddressFamily.InterNetwork));
        Assert.Empty(host.Netlink.ListRoutes(AddressFamily.InterNetworkV6));
    }

    [Fact]
    public async Task A_lookup_gives_device_gateway_and_source()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24", "fd00::1/64");
        await host.RunAsync("ip route add 10.5.0.0/16 via 10.0.0.2");

        var direct = host.Netlink.GetRoute(IPAddress.Parse("10.0.0.9"));
        var routed = host.Netlink.GetRoute(IPAddress.Parse("10.5.1.1"));
        var overIPv6 = host.Netlink.GetRoute(IPAddress.Parse("fd00::9"));

        Assert.Equal((index, null, IPAddress.Parse("10.0.0.1")), (direct.LinkIndex, direct.Gateway, direct.PreferredSource));
        Assert.Equal((index, IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1")), (routed.LinkIndex, routed.Gateway, routed.PreferredSource));
        Assert.Equal((index, IPAddress.Parse("fd00::1")), (overIPv6.LinkIndex, overIPv6.PreferredSource));
        var refusal = Assert.Throws<NetlinkException>(() => host.Netlink.GetRoute(IPAddress.Parse("203.0.113.1")));
        Assert.Equal((Errnos.ENETUNREACH, "ip route get 203.0.113.1"), (refusal.Errno, refusal.Operation));
    }
}
