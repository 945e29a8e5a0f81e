using Flannel.Linux;
using Flannel.Reconcile;
using Xunit;

namespace Flannel.KernelTests.Reconcile;

/// <summary>The route that keeps packets for absent pods on the host.</summary>
public sealed class BlackholeRouteTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_blackhole_route_stands_back_for_the_bridges_own_route_and_returns_when_it_goes(bool isBridgeFirst)
    {
        await using var bed = ReconcilerBed.Start();
        var blackhole = new RouteObject(Cidr.Parse("10.5.1.0/24"), null, "") { IsBlackhole = true };
        bed.Run("ip link add cni0 type bridge");
        bed.Run("ip link set cni0 up");
        if (isBridgeFirst)
        {
            bed.Run("ip address add 10.5.1.1/24 dev cni0");
        }

        bed.Reconciler.WantHost(new HostPlan([blackhole], ReconcilerBed.Scope));
        await bed.Reconciler.SettleAsync(CancellationToken.None);
        if (!isBridgeFirst)
        {
            await bed.SeesAsync("ip route show", "blackhole 10.5.1.0/24");
            bed.Run("ip address add 10.5.1.1/24 dev cni0");
        }

        await bed.SeesAsync("ip route show", "blackhole", present: false);
        Assert.Contains("10.5.1.0/24 dev cni0", bed.Run("ip route show"));

        bed.Run("ip link delete cni0");
        await bed.SeesAsync("ip route show", "blackhole 10.5.1.0/24");
        Assert.DoesNotContain(bed.Log.Lines, line => line.Contains("repairing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_blackhole_route_is_installed_and_repaired()
    {
        await using var bed = ReconcilerBed.Start();
        var blackhole = new RouteObject(Cidr.Parse("10.5.1.0/24"), null, "") { IsBlackhole = true };
        bed.Reconciler.WantHost(new HostPlan([blackhole], ReconcilerBed.Scope));
        await bed.SeesAsync("ip route show", "blackhole 10.5.1.0/24");

        bed.Run("ip route delete blackhole 10.5.1.0/24");

        await bed.SeesAsync("ip route show", "blackhole 10.5.1.0/24");
    }
}
