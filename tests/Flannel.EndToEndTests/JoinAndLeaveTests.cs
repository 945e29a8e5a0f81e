using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>Hosts come and go; those that stay know exactly those that are there, and lose no packet between each other.</summary>
public sealed class JoinAndLeaveTests
{
    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Hosts_join_and_leave_under_traffic(string backend)
    {
        await using var fabric = await StartAsync(hosts: 3, backend);
        var (one, other, leaves) = (fabric.Daemons[0], fabric.Daemons[1], fabric.Daemons[2]);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);

        var joins = fabric.Launch(await fabric.Network.AddHostAsync());
        await fabric.AddPodAsync(joins);
        await PeerObjects.BecomeAsync(one, backend, [other, leaves, joins]);
        await PeerObjects.BecomeAsync(joins, backend, [one, other, leaves]);
        await Ping.AllReachAllAsync(fabric.Pods);

        await LeaveAsync(fabric, leaves);
        await PeerObjects.BecomeAsync(one, backend, [other, joins]);
        await PeerObjects.BecomeAsync(other, backend, [one, joins]);
        await PeerObjects.BecomeAsync(joins, backend, [one, other]);

        await ping.FlowAsync();
        Assert.Empty(await ping.StopAsync());
        await Ping.AllReachAllAsync([fabric.Pods[0], fabric.Pods[1], fabric.Pods[3]]);
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Peers_that_left_while_a_daemon_was_down_are_removed_when_it_starts(string backend)
    {
        await using var fabric = await StartAsync(hosts: 3, backend);
        var (down, stays, leaves) = (fabric.Daemons[0], fabric.Daemons[1], fabric.Daemons[2]);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);

        await down.KillAsync();
        await LeaveAsync(fabric, leaves);
        Assert.Contains($"{leaves.Subnet.IPv4.Network}", await PeerObjects.ReadAsync(down.Host, backend), StringComparison.Ordinal);
        await down.RestartAsync();
        await PeerObjects.BecomeAsync(down, backend, [stays]);

        await ping.FlowAsync();
        Assert.Empty(await ping.StopAsync());
    }

    [Fact]
    public async Task A_peer_that_comes_back_with_another_mac_is_followed()
    {
        await using var fabric = await StartAsync(hosts: 2, "vxlan");
        var (stays, returns) = (fabric.Daemons[0], fabric.Daemons[1]);

        await LeaveAsync(fabric, returns);
        await returns.Host.RunAsync("ip link del flannel.1");
        await PeerObjects.BecomeAsync(stays, "vxlan", []);
        await returns.RestartAsync();
        await returns.WaitUntilReadyAsync();

        await PeerObjects.BecomeAsync(stays, "vxlan", [returns]);
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task Twenty_hosts_that_start_at_the_same_moment_get_twenty_subnets_and_all_know_each_other()
    {
        const int Hosts = 20;
        var patience = TimeSpan.FromSeconds(60);
        await using var fabric = await EtcdFabric.CreateAsync(
            await TestNetwork.CreateAsync(Hosts), """{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""");

        foreach (var host in fabric.Network.Hosts)
        {
            fabric.Launch(host);
        }

        var subnets = new List<PodSubnet>();
        foreach (var daemon in fabric.Daemons)
        {
            subnets.Add(await daemon.WaitUntilReadyAsync(patience));
        }

        Assert.Equal(Hosts, subnets.Distinct().Count());
        Assert.Equal(subnets.Select(subnet => subnet.LeaseName).Order(), (await fabric.ListLeasesAsync()).Keys.Order());
        foreach (var daemon in fabric.Daemons)
        {
            await PeerObjects.BecomeAsync(daemon, "vxlan", fabric.Daemons.Where(peer => peer != daemon), patience);
        }

        // Along a ring over the addresses of the tunnel devices: each host sends and each receives.
        for (var i = 0; i < Hosts; i++)
        {
            var next = subnets[(i + 1) % Hosts].IPv4.Network.Address;
            Assert.True(await Ping.ReachesAsync(fabric.Network.Hosts[i], next), $"{fabric.Network.Hosts[i]} does not reach {next}");
        }
    }

    private static async Task<EtcdFabric> StartAsync(int hosts, string backend)
    {
        var fabric = await EtcdFabric.StartAsync(
            await TestNetwork.CreateAsync(hosts), $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""");
        foreach (var daemon in fabric.Daemons)
        {
            await PeerObjects.BecomeAsync(daemon, backend, fabric.Daemons.Where(peer => peer != daemon));
        }

        await Ping.AllReachAllAsync(fabric.Pods);
        return fabric;
    }

    // A host is gone for its peers when its lease is; an operator may end it before its day is over.
    private static async Task LeaveAsync(EtcdFabric fabric, Flanneld daemon)
    {
        await daemon.StopAsync();
        await fabric.DeleteLeaseAsync(daemon.Subnet.LeaseName);
    }
}
