using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The store may go and come back: traffic flows, nothing is removed, and what was missed is made up for.</summary>
public sealed class EtcdOutageTests
{
    private const string Config = """{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""";

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task While_etcd_is_away_traffic_flows_and_nothing_changes_and_the_log_says_so_once(string backend)
    {
        var config = $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""";
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(2), config);
        await PeerObjects.BecomeAsync(fabric.Daemons[0], backend, [fabric.Daemons[1]]);
        await PeerObjects.BecomeAsync(fabric.Daemons[1], backend, [fabric.Daemons[0]]);
        var before = await DescribeAsync(fabric, backend);
        var quiet = fabric.Daemons.Select(daemon => daemon.Lines.Count).ToList();
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        await ping.FlowAsync();

        await fabric.Etcd.KillAsync();
        await Task.WhenAll(fabric.Daemons.Select(daemon => daemon.WaitForLineAsync("etcd is away")));
        await ping.FlowAsync(replies: 200);
        Assert.Equal(before, await DescribeAsync(fabric, backend));
        await fabric.Etcd.RestartAsync();
        await Task.WhenAll(fabric.Daemons.Select(daemon => daemon.WaitForLineAsync("etcd is back")));
        await ping.FlowAsync();

        Assert.Empty(await ping.StopAsync());
        Assert.Equal(before, await DescribeAsync(fabric, backend));
        foreach (var (daemon, count) in fabric.Daemons.Zip(quiet))
        {
            Assert.Collection(
                daemon.Lines.Skip(count),
                line => Assert.Matches("^W.*etcd is away", line),
                line => Assert.Matches("^I.*etcd is back", line));
        }
    }

    [Fact]
    public async Task Peers_that_joined_and_left_while_a_host_did_not_see_etcd_are_seen_afterwards()
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(3), Config);
        var (watcher, stays, leaves) = (fabric.Daemons[0], fabric.Daemons[1], fabric.Daemons[2]);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, leaves]);
        await Ping.AllReachAllAsync(fabric.Pods);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);

        // Only the watcher is kept away; the others go on in the restarted store.
        await fabric.Etcd.KillAsync();
        await watcher.WaitForLineAsync("etcd is away");
        await watcher.Host.RunAsync("nft -f -", "table inet outage { chain output { type filter hook output priority 0; tcp dport 2379 reject with tcp reset; }; }\n");
        await fabric.Etcd.RestartAsync();
        var joins = fabric.Launch(await fabric.Network.AddHostAsync());
        var joined = await fabric.AddPodAsync(joins);
        await leaves.StopAsync();
        await fabric.DeleteLeaseAsync(leaves.Subnet.LeaseName);
        await PeerObjects.BecomeAsync(stays, "vxlan", [watcher, joins]);
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, leaves]);

        await watcher.Host.RunAsync("nft delete table inet outage");
        await PeerObjects.BecomeAsync(watcher, "vxlan", [stays, joins]);

        await Ping.AllReachAllAsync([fabric.Pods[0], fabric.Pods[1], joined]);
        Assert.Empty(await ping.StopAsync());
    }

    [Fact]
    public async Task A_daemon_that_is_restarted_while_etcd_is_away_ends_in_order_and_comes_back_with_it_without_a_gap_in_the_traffic()
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(2), Config);
        var daemon = fabric.Daemons[0];
        var subnet = daemon.Subnet;
        await Ping.AllReachAllAsync(fabric.Pods);
        await using var ping = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        await fabric.Etcd.KillAsync();
        await daemon.WaitForLineAsync("etcd is away");

        Assert.Equal(0, await daemon.StopAsync());
        await daemon.RestartAsync();
        await daemon.WaitForLineAsync("etcd is away");
        await ping.FlowAsync();
        await fabric.Etcd.RestartAsync();

        Assert.Equal(subnet, await daemon.WaitUntilReadyAsync());
        await PeerObjects.BecomeAsync(daemon, "vxlan", [fabric.Daemons[1]]);
        await ping.FlowAsync();
        Assert.Empty(await ping.StopAsync());
    }

    [Fact]
    public async Task A_daemon_that_starts_before_etcd_waits_for_it()
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(1), Config);
        await fabric.Etcd.KillAsync();
        var daemon = fabric.Launch(fabric.Network.Hosts[0]);
        await daemon.WaitForLineAsync("etcd is away");

        await fabric.Etcd.RestartAsync();

        Assert.Equal(1450, (await daemon.WaitUntilReadyAsync()).Mtu);
        Assert.Single(daemon.Lines, line => line.Contains("etcd is away", StringComparison.Ordinal));
    }

    private static async Task<string> DescribeAsync(EtcdFabric fabric, string backend)
    {
        var hosts = await Task.WhenAll(fabric.Network.Hosts.Select(async host => $"{await Devices.ReadAsync(host)}\n{await PeerObjects.ReadAsync(host, backend)}"));
        return string.Join('\n', hosts);
    }
}
