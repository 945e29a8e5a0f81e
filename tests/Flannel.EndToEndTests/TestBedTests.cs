using System.Net;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The bed itself: a green test above it means something only if its networks carry packets when whole and none when cut.</summary>
public sealed class TestBedTests
{
    [Fact]
    public async Task Hosts_of_one_segment_reach_each_other_by_both_families()
    {
        using var network = await TestNetwork.CreateAsync(3);

        await Ping.AllReachAllAsync(network.Hosts);
    }

    [Fact]
    public async Task Hosts_of_different_segments_reach_each_other_through_the_router()
    {
        using var network = await TestNetwork.CreateAsync(1, 1);
        var (near, far) = (network.Hosts[0], network.Hosts[1]);

        await Ping.AllReachAllAsync(network.Hosts);

        Assert.Contains("via 172.30.0.1", await near.RunAsync($"ip route get {far.Address}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_networks_with_the_same_addresses_know_nothing_of_each_other()
    {
        using var one = await TestNetwork.CreateAsync(1);
        using var other = await TestNetwork.CreateAsync(2);

        Assert.Equal(one.Hosts[0].Address, other.Hosts[0].Address);
        Assert.False(await Ping.ReachesAsync(one.Hosts[0], other.Hosts[1].Address));
        Assert.True(await Ping.ReachesAsync(other.Hosts[0], other.Hosts[1].Address));
    }

    [Fact]
    public async Task A_cut_cable_carries_nothing_until_it_is_restored()
    {
        using var network = await TestNetwork.CreateAsync(2);
        var to = network.Hosts[1];

        await network.CutAsync(to);
        Assert.Equal(["host1 → host2 (172.30.0.12)", "host1 → host2 (fd30::12)", "host2 → host1 (172.30.0.11)", "host2 → host1 (fd30::11)"],
            await Ping.FindSilentPairsAsync(network.Hosts));
        Assert.Contains("NO-CARRIER", await to.RunAsync("ip link show eth0"), StringComparison.Ordinal);

        await network.RestoreAsync(to);
        await Ping.AllReachAllAsync(network.Hosts);
    }

    [Fact]
    public async Task A_network_card_can_be_removed_and_put_back()
    {
        using var network = await TestNetwork.CreateAsync(2);
        var (from, to) = (network.Hosts[0], network.Hosts[1]);

        await network.UnplugAsync(to);
        Assert.NotEqual(0, (await to.TryRunAsync("ip link show eth0")).ExitCode);

        await network.PlugAsync(to);
        await Ping.AllReachAllAsync([from, to]);
    }

    [Fact]
    public async Task A_host_with_two_cards_is_reached_on_both()
    {
        using var network = await TestNetwork.CreateAsync(1, 1);
        var (two, other) = (network.Hosts[0], network.Hosts[1]);

        await network.PlugAsync(two, segment: 1, device: "eth1");

        Assert.True(await Ping.ReachesAsync(other, IPAddress.Parse("172.30.1.11")));
        Assert.True(await Ping.ReachesAsync(other, two.Address));
    }

    [Fact]
    public async Task A_host_that_moved_answers_at_its_new_address_alone()
    {
        using var network = await TestNetwork.CreateAsync(2);
        var (from, moving) = (network.Hosts[0], network.Hosts[1]);
        var old = moving.Address;

        await moving.MoveAsync(IPAddress.Parse("172.30.0.99"));

        await Ping.AllReachAllAsync(network.Hosts);
        Assert.False(await Ping.ReachesAsync(from, old));
    }

    [Fact]
    public async Task Pods_reach_each_other_over_routes_made_by_hand_with_full_packets_only()
    {
        using var network = await TestNetwork.CreateAsync(2);
        var (one, other) = await StartPodsAsync(network, mtu: 1400);

        await Ping.AllReachAllAsync([one, other]);
        foreach (var address in other.Addresses)
        {
            Assert.True(await Ping.PassesAsync(one, address, 1400));
            Assert.False(await Ping.PassesAsync(one, address, 1401));
            Assert.InRange(await Ping.RoundTripAsync(one, address), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Bytes_sent_over_tcp_arrive_as_they_were()
    {
        using var network = await TestNetwork.CreateAsync(2);
        var (one, other) = await StartPodsAsync(network, mtu: 1400);

        foreach (var address in other.Addresses)
        {
            var transfer = await TcpTransfer.RunAsync(one, other, address, 16 << 20);

            Assert.Equal(16 << 20, transfer.Bytes);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_continuous_ping_names_exactly_the_echoes_that_a_cut_swallowed(bool isV6)
    {
        using var network = await TestNetwork.CreateAsync(2);
        var (from, to) = (network.Hosts[0], network.Hosts[1]);
        await using var ping = ContinuousPing.Start(from, isV6 ? to.AddressV6 : to.Address);
        await ping.FlowAsync();

        await network.CutAsync(to);
        var sentBeforeTheCut = ping.Sent;
        await Eventually.IsTrueAsync(() => ping.Sent >= sentBeforeTheCut + 5);
        await network.RestoreAsync(to);
        await ping.FlowAsync();
        var missing = await ping.StopAsync();

        Assert.True(missing.Count >= 4, $"{missing.Count} missing of {ping.Sent}");
        Assert.Equal(Enumerable.Range(missing[0].Sequence, missing.Count), missing.Select(echo => echo.Sequence));
        Assert.Equal(ping.Sent, ping.Answered + missing.Count);
    }

    [Fact]
    public async Task A_continuous_ping_over_a_whole_network_misses_nothing()
    {
        using var network = await TestNetwork.CreateAsync(2);
        await using var ping = ContinuousPing.Start(network.Hosts[0], network.Hosts[1].Address, TimeSpan.FromMilliseconds(1));

        await ping.FlowAsync(200);

        Assert.Empty(await ping.StopAsync());
    }

    [Fact]
    public async Task Damage_counts_as_healed_once_everything_is_as_it_was()
    {
        using var network = await TestNetwork.CreateAsync(1);
        var host = network.Hosts[0];
        await host.RunAsync("ip route add 10.5.2.0/24 via 172.30.0.1 proto 77");

        var healing = Damage.RouteDeleted(Cidr.Parse("10.5.2.0/24")).HealsAsync(host);
        await Eventually.BecomesAsync(() => host.RunAsync("ip route show 10.5.2.0/24"), routes => routes.Length == 0);
        await host.RunAsync("ip route add 10.5.2.0/24 via 172.30.0.1 proto 78");
        await Task.WhenAny(healing, Task.Delay(100, TestContext.Current.CancellationToken));
        Assert.False(healing.IsCompleted);
        await host.RunAsync("ip route replace 10.5.2.0/24 via 172.30.0.1 proto 77");

        Assert.InRange(await healing, TimeSpan.Zero, Eventually.DefaultDeadline);
    }

    [Fact]
    public async Task Damage_to_what_is_not_there_is_a_mistake_of_the_test()
    {
        using var network = await TestNetwork.CreateAsync(1);

        await Assert.ThrowsAsync<CommandException>(() => Damage.RouteDeleted(Cidr.Parse("10.5.2.0/24")).HealsAsync(network.Hosts[0]));
    }

    [Fact]
    [Deadline(Seconds = 1)]
    public async Task A_wait_of_the_bed_ends_when_its_test_is_out_of_time()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.IsTrueAsync(() => false, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_wait_in_vain_tells_what_it_saw_last()
    {
        var failure = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.BecomesAsync(() => "tired", state => state == "awake", TimeSpan.FromMilliseconds(1)));

        Assert.Contains("within 0.001 s; last seen: tired", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<(Pod One, Pod Other)> StartPodsAsync(TestNetwork network, int mtu)
    {
        var (one, other) = (network.Hosts[0], network.Hosts[1]);
        await one.ConfigureAsync($"route add 10.5.2.0/24 via {other.Address}", $"route add fd05:0:0:2::/64 via {other.AddressV6}");
        await other.ConfigureAsync($"route add 10.5.1.0/24 via {one.Address}", $"route add fd05:0:0:1::/64 via {one.AddressV6}");
        return (
            await network.AddPodAsync(one, new PodSubnet(Cidr.Parse("10.5.1.1/24"), Cidr.Parse("fd05:0:0:1::1/64"), mtu)),
            await network.AddPodAsync(other, new PodSubnet(Cidr.Parse("10.5.2.1/24"), Cidr.Parse("fd05:0:0:2::1/64"), mtu)));
    }
}
