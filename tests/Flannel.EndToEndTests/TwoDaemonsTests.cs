using System.Net;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>Two daemons on each of two hosts, one with vxlan and one with host-gw, each with a prefix, a network and a subnet file of its own.</summary>
[Trait("case", "M8")]
public sealed class TwoDaemonsTests
{
    private const string Vxlan = "/vxlan/network";
    private const string HostGw = "/hostgw/network";

    [Fact]
    public async Task Two_networks_of_the_same_hosts_work_each_by_its_own_way_alone()
    {
        await using var fabric = await StartAsync();
        var (one, other) = (fabric.Network.Hosts[0], fabric.Network.Hosts[1]);
        var targets = await AddTargetsAsync(fabric);

        await AssertReachesAsync(one, targets[2], by: "flannel.1", notBy: "eth0");
        await AssertReachesAsync(one, targets[3], by: "eth0", notBy: "flannel.1");
        await AssertReachesAsync(other, targets[0], by: "flannel.1", notBy: "eth0");
        await AssertReachesAsync(other, targets[1], by: "eth0", notBy: "flannel.1");
    }

    [Fact]
    public async Task The_network_of_one_daemon_loses_no_packet_while_the_other_daemon_starts_anew()
    {
        await using var fabric = await StartAsync();
        var (vxlan, hostGw) = (fabric.Daemons[0], fabric.Daemons[1]);
        var targets = await AddTargetsAsync(fabric);

        foreach (var (restarting, target) in new[] { (hostGw, targets[2]), (vxlan, targets[3]) })
        {
            await Eventually.IsTrueAsync(() => Ping.ReachesAsync(restarting.Host, target));
            await using var traffic = ContinuousPing.Start(restarting.Host, target);
            await traffic.FlowAsync();
            await restarting.StopAsync();
            await restarting.RestartAsync();
            await restarting.WaitUntilReadyAsync();
            await traffic.FlowAsync();
            Assert.Empty(await traffic.StopAsync());
        }
    }

    [Theory]
    [InlineData(false, "iptables -F;iptables -t nat -F")]
    [InlineData(false, "nft flush ruleset")]
    [InlineData(true, "nft flush ruleset")]
    public async Task Each_network_keeps_its_rules_whoever_starts_anew_and_whatever_is_flushed(bool nftables, string flush)
    {
        await using var fabric = await StartAsync(nftables, "--ip-masq");
        var host = fabric.Network.Hosts[0];
        var (one, other) = (fabric.Daemons[0], fabric.Daemons[1]);
        string[] subnets = [$"{(await one.WaitUntilReadyAsync()).IPv4.Network}", $"{(await other.WaitUntilReadyAsync()).IPv4.Network}"];
        await BecomeCompleteAsync(host, nftables, subnets);

        foreach (var daemon in new[] { one, other })
        {
            await daemon.KillAsync();
            await daemon.RestartAsync();
            await daemon.WaitUntilReadyAsync();
            await BecomeCompleteAsync(host, nftables, subnets);
        }

        foreach (var command in flush.Split(';'))
        {
            await host.RunAsync(command);
        }

        await BecomeCompleteAsync(host, nftables, subnets, TimeSpan.FromSeconds(3));
        foreach (var daemon in new[] { one, other })
        {
            await daemon.WaitForLineAsync("shared with network");
            Assert.DoesNotContain(daemon.Lines, line => line.Contains("again and again", StringComparison.Ordinal));
        }
    }

    // Of each network three rules that name its subnet, two that translate and two that let pass.
    private static async Task BecomeCompleteAsync(TestHost host, bool nftables, string[] subnets, TimeSpan? deadline = null) =>
        await Eventually.BecomesAsync(
            async () => nftables ? await host.RunAsync("nft list ruleset") : await host.RunAsync("iptables-save"),
            rules => subnets.All(subnet => CountOf(rules, subnet) == 3) && CountOf(rules, "10.11.0.0/16") == 8 && CountOf(rules, "10.12.0.0/16") == 8,
            deadline);

    private static int CountOf(string text, string part) => text.Split(part).Length - 1;

    private static async Task<EtcdFabric> StartAsync(bool nftables = false, params IReadOnlyList<string> flags)
    {
        var rules = $"\"EnableNFTables\": {(nftables ? "true" : "false")}";
        var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(2), config: null);
        await fabric.Etcd.CtlAsync("put", $"{Vxlan}/config", """{ "Network": "10.11.0.0/16", RULES, "Backend": { "Type": "vxlan" } }""".Replace("RULES", rules, StringComparison.Ordinal));
        await fabric.Etcd.CtlAsync("put", $"{HostGw}/config", """{ "Network": "10.12.0.0/16", RULES, "Backend": { "Type": "host-gw" } }""".Replace("RULES", rules, StringComparison.Ordinal));
        foreach (var host in fabric.Network.Hosts)
        {
            fabric.Launch(host, ["--etcd-prefix", Vxlan, .. flags]);
            fabric.Launch(host, ["--etcd-prefix", HostGw, .. flags]);
        }

        return fabric;
    }

    // For each daemon a device of its host with the first address of the subnet, where the bridge of a container runtime would be.
    private static async Task<IReadOnlyList<IPAddress>> AddTargetsAsync(EtcdFabric fabric)
    {
        var targets = new List<IPAddress>();
        foreach (var daemon in fabric.Daemons)
        {
            var (subnet, device) = ((await daemon.WaitUntilReadyAsync()).IPv4, $"target{targets.Count}");
            await daemon.Host.ConfigureAsync($"link add {device} type bridge", $"addr add {subnet} dev {device}", $"link set {device} up");
            targets.Add(subnet.Address);
        }

        return targets;
    }

    private static async Task AssertReachesAsync(TestHost from, IPAddress to, string by, string notBy)
    {
        await Eventually.IsTrueAsync(() => Ping.ReachesAsync(from, to));
        await Eventually.IsTrueAsync(() => Ping.ReachesAsync(from, to, by));
        Assert.False(await Ping.ReachesAsync(from, to, notBy), $"{to} is reached from {from} by {notBy}");
    }
}
