using System.Net;
using Flannel.Linux;
using Flannel.Reconcile;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Reconcile;

/// <summary>What the kernel refuses, and what others undo.</summary>
public sealed class ReconcilerTroubleTests
{
    [Fact]
    public async Task A_refused_object_does_not_stop_the_others_and_is_tried_again()
    {
        await using var bed = ReconcilerBed.Start();
        bed.Reconciler.WantHost(new HostPlan([], ReconcilerBed.Scope));
        bed.Reconciler.Want("far", [new RouteObject(Cidr.Parse("10.5.8.0/24"), IPAddress.Parse("198.51.100.8"), "eth0")]);
        await bed.WantAsync("near", [new RouteObject(Cidr.Parse("10.5.7.0/24"), IPAddress.Parse("192.0.2.7"), "eth0")]);
        Assert.Contains("10.5.7.0/24", bed.Run("ip route show"));
        Assert.DoesNotContain("10.5.8.0/24", bed.Run("ip route show"));

        bed.Run("ip address add 198.51.100.1/24 dev eth0");

        await bed.SeesAsync("ip route show", "10.5.8.0/24 via 198.51.100.8 dev eth0");
    }

    [Fact]
    public async Task What_the_kernel_refused_while_the_address_was_away_is_no_fight_and_returns_with_it()
    {
        await using var bed = ReconcilerBed.Start();
        bed.Reconciler.WantHost(new HostPlan([], ReconcilerBed.Scope));
        await bed.WantAsync("peer", [new RouteObject(Cidr.Parse("10.5.7.0/24"), IPAddress.Parse("192.0.2.7"), "eth0")]);

        bed.Run("ip address del 192.0.2.1/24 dev eth0");
        await Eventually.IsTrueAsync(() => bed.Log.Lines.Any(line => line.Contains("Nexthop has invalid gateway", StringComparison.Ordinal)));
        // Each of these is a word about the underlay, after which what failed is tried at once: more tries than a fight has.
        for (var i = 0; i < 10; i++)
        {
            bed.Run($"ip address add 198.51.100.{i}/32 dev eth0");
            await bed.Reconciler.SettleAsync(CancellationToken.None);
        }

        bed.Run("ip address add 192.0.2.1/24 dev eth0");

        await bed.SeesAsync("ip route show", "10.5.7.0/24 via 192.0.2.7 dev eth0");
        Assert.DoesNotContain(bed.Log.Lines, line => line.Contains("another program", StringComparison.Ordinal));
        Assert.Single(bed.Log.Lines, line => line.Contains("repairing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fight_over_one_object_is_fought_ever_more_slowly()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        for (var i = 0; i < 5; i++)
        {
            bed.Run("ip route delete 10.5.7.0/24");
            await bed.SeesPeerAsync(7);
        }

        bed.Run("ip route delete 10.5.7.0/24");
        await bed.Reconciler.SettleAsync(CancellationToken.None);

        Assert.DoesNotContain("10.5.7.0/24", bed.Run("ip route show"));
        await bed.SeesPeerAsync(7);
    }
}
