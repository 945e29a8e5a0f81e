using System.Net;
using Flannel.Linux;
using Flannel.Reconcile;
using Xunit;

namespace Flannel.KernelTests.Reconcile;

/// <summary>Cases G1 to G4 of the catalogue: the one route to a peer that is reached directly, and what it takes the place of.</summary>
public sealed class PeerRouteTests
{
    [Theory]
    [Trait("case", "G1, G2")]
    [InlineData("")]
    [InlineData("ip route add 10.5.7.0/24 via 192.0.2.66")]
    [InlineData("ip route add 10.5.7.0/24 dev peer0")]
    public async Task A_peer_has_one_route_which_follows_its_gateway(string before)
    {
        await using var bed = ReconcilerBed.Start();
        if (before.Length > 0)
        {
            bed.Run(before);
        }

        await FollowsAsync(bed, "10.5.7.0/24", "192.0.2.7", "192.0.2.8");
    }

    [Fact]
    [Trait("case", "G3, G4")]
    public async Task A_peer_has_one_route_of_IPv6_which_follows_its_gateway()
    {
        await using var bed = ReconcilerBed.Start();

        await FollowsAsync(bed, "fd00:5:0:7::/64", "2001:db8::7", "2001:db8::8");
    }

    private static async Task FollowsAsync(ReconcilerBed bed, string subnet, string first, string next)
    {
        bed.Reconciler.WantHost(new HostPlan([], ReconcilerBed.Scope));
        bed.Reconciler.AllowRemovals();
        foreach (var gateway in new[] { first, next })
        {
            await bed.WantAsync("peer", [new RouteObject(Cidr.Parse(subnet), IPAddress.Parse(gateway), "eth0")]);

            Assert.StartsWith($"{subnet} via {gateway} dev eth0 proto 102", Assert.Single(Routes()), StringComparison.Ordinal);
        }

        await bed.WantAsync("peer", []);
        Assert.Empty(Routes());

        string[] Routes() => bed.Run($"ip {(subnet.Contains(':', StringComparison.Ordinal) ? "-6" : "-4")} route show {subnet}").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
