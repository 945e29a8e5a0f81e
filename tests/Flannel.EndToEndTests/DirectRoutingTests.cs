using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>vxlan with <c>DirectRouting</c>: a plain route to a peer of the same segment, the tunnel to one behind a router.</summary>
[Trait("case", "T")]
public sealed class DirectRoutingTests
{
    private static readonly FabricShape Shape = new("vxlan", Families.Both) { Options = "\"DirectRouting\": true" };

    [Fact]
    public async Task Peers_of_one_segment_get_plain_routes_and_a_peer_behind_a_router_the_tunnel()
    {
        await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2, 1), Shape.Config);
        await Ping.AllReachAllAsync(fabric.Pods);

        await AssertPlainAsync(fabric.Daemons[0], fabric.Daemons[1]);
        await AssertPlainAsync(fabric.Daemons[1], fabric.Daemons[0]);
        foreach (var near in fabric.Daemons.Take(2))
        {
            await AssertTunnelAsync(near, fabric.Daemons[2]);
            await AssertTunnelAsync(fabric.Daemons[2], near);
        }

        var tunnels = await fabric.Network.Hosts[0].RunAsync("bridge fdb show dev flannel.1");
        Assert.Contains($" dst {fabric.Network.Hosts[2].Address} ", tunnels, StringComparison.Ordinal);
        Assert.DoesNotContain($" dst {fabric.Network.Hosts[1].Address} ", tunnels, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_gets_behind_a_router_is_reached_through_the_tunnel_until_it_is_near_again()
    {
        await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        await Ping.AllReachAllAsync(fabric.Pods);
        var (one, other) = (fabric.Daemons[0], fabric.Daemons[1]);
        await AssertPlainAsync(one, other);

        await one.Host.RunAsync($"ip route add {other.Host.Address} via 172.30.0.1");
        await Eventually.BecomesAsync(() => RouteAsync(one, other.Subnet.IPv4), route => route.Contains(" dev flannel.1 ", StringComparison.Ordinal));
        await Ping.AllReachAllAsync(fabric.Pods);

        await one.Host.RunAsync($"ip route del {other.Host.Address}");
        await Eventually.BecomesAsync(() => RouteAsync(one, other.Subnet.IPv4), route => route.Contains(" dev eth0 ", StringComparison.Ordinal));
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    private static async Task AssertPlainAsync(Flanneld from, Flanneld to)
    {
        var subnet = to.Subnet;
        Assert.StartsWith($"{subnet.IPv4.Network} via {to.Host.Address} dev eth0 ", await RouteAsync(from, subnet.IPv4), StringComparison.Ordinal);
        Assert.StartsWith($"{subnet.IPv6.Network} via {to.Host.AddressV6} dev eth0 ", await RouteAsync(from, subnet.IPv6), StringComparison.Ordinal);
    }

    private static async Task AssertTunnelAsync(Flanneld from, Flanneld to)
    {
        var subnet = to.Subnet;
        Assert.StartsWith($"{subnet.IPv4.Network} via {subnet.IPv4.Network.Address} dev flannel.1 ", await RouteAsync(from, subnet.IPv4), StringComparison.Ordinal);
        Assert.StartsWith($"{subnet.IPv6.Network} via {subnet.IPv6.Network.Address} dev flannel-v6.1 ", await RouteAsync(from, subnet.IPv6), StringComparison.Ordinal);
    }

    private static Task<string> RouteAsync(Flanneld on, Cidr to) => on.Host.RunAsync($"ip {(to.IsIPv6 ? "-6" : "-4")} route show {to.Network}");
}
