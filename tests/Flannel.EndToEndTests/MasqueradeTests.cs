using System.Net;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>What leaves the network does so by the host's address, what stays inside keeps its own; whoever keeps the rules.</summary>
public sealed class MasqueradeTests
{
    // The router of the hosts knows no way back to a pod.
    private static readonly IPAddress Outside = IPAddress.Parse("172.30.0.1");
    private static readonly IPAddress OutsideV6 = IPAddress.Parse("fd30::1");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pod_shows_its_hosts_address_outside_and_its_own_to_other_pods(bool nftables)
    {
        await using var fabric = await StartAsync(nftables, "--ip-masq");
        await Ping.AllReachAllAsync(fabric.Pods);
        var (one, other) = (fabric.Pods[0], fabric.Pods[1]);

        await AssertLeavesByHostAsync(fabric, one);
        await AssertLeavesByHostAsync(fabric, other);
        Assert.Equal(one.Address, await SourceAsync(one, other, other.Address));
        Assert.Equal(one.AddressV6, await SourceAsync(one, other, other.AddressV6));
    }

    [Fact]
    public async Task A_pod_without_masquerading_gets_no_answer_from_outside()
    {
        await using var fabric = await StartAsync(nftables: false);
        await Ping.AllReachAllAsync(fabric.Pods);

        Assert.False(await Ping.ReachesAsync(fabric.Pods[0], Outside));
        Assert.False(await Ping.ReachesAsync(fabric.Pods[0], OutsideV6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pod_shows_its_own_address_to_destinations_that_are_not_masqueraded(bool nftables)
    {
        var shape = Shape(nftables) with { Unmasqueraded = [$"{Outside}/32", "fd30::/64"] };
        await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), shape.Config, "--ip-masq");
        await Ping.AllReachAllAsync(fabric.Pods);
        var pod = fabric.Pods[0];
        var router = fabric.Network.Switch;
        // Now the router knows the way back, else nothing would come of it.
        await router.ConfigureAsync($"route add {pod.Address} via {pod.Host.Address}", $"route add {pod.AddressV6} via {pod.Host.AddressV6}");

        Assert.Equal(pod.Address, await SourceAsync(pod, router, Outside));
        Assert.Equal(pod.AddressV6, await SourceAsync(pod, router, OutsideV6));
        await router.RunAsync("ip addr add 172.31.0.1/32 dev lo");
        await pod.Host.RunAsync($"ip route add 172.31.0.1 via {Outside}");
        Assert.Equal(pod.Host.Address, await SourceAsync(pod, router, IPAddress.Parse("172.31.0.1")));
    }

    [Fact]
    [Trait("case", "T")]
    public async Task Rules_move_between_iptables_and_nftables_without_a_trace_or_a_lost_packet()
    {
        await using var fabric = await StartAsync(nftables: false, "--ip-masq");
        var (daemon, pod) = (fabric.Daemons[0], fabric.Pods[0]);
        await Ping.AllReachAllAsync(fabric.Pods);
        await using var traffic = ContinuousPing.Start(pod, fabric.Pods[1].Address);

        foreach (var nftables in new[] { true, false })
        {
            await File.WriteAllTextAsync(Path.Combine(fabric.Store, "config"), Shape(nftables).Config, TestContext.Current.CancellationToken);
            await daemon.StopAsync();
            await daemon.RestartAsync();
            await daemon.WaitUntilReadyAsync();

            await Eventually.BecomesAsync(
                () => TracesAsync(daemon.Host), traces => traces == (Iptables: !nftables, Nftables: nftables));
            await AssertLeavesByHostAsync(fabric, pod);
        }

        await traffic.FlowAsync();
        Assert.Empty(await traffic.StopAsync());
    }

    private static FabricShape Shape(bool nftables) => new("vxlan", Families.Both) { Nftables = nftables };

    private static async Task<Fabric> StartAsync(bool nftables, params IReadOnlyList<string> flags) =>
        await Fabric.StartAsync(await TestNetwork.CreateAsync(2), Shape(nftables).Config, flags);

    private static async Task AssertLeavesByHostAsync(Fabric fabric, Pod pod)
    {
        Assert.Equal(pod.Host.Address, await SourceAsync(pod, fabric.Network.Switch, Outside));
        Assert.Equal(pod.Host.AddressV6, await SourceAsync(pod, fabric.Network.Switch, OutsideV6));
    }

    private static async Task<IPAddress> SourceAsync(Node from, Node to, IPAddress address) => (await TcpTransfer.RunAsync(from, to, address, 1)).Source;

    // Whether there is anything of ours among the rules of iptables in any table and family, and among the tables of nftables.
    private static async Task<(bool Iptables, bool Nftables)> TracesAsync(TestHost host)
    {
        var rules = await Task.WhenAll(
            from program in new[] { "iptables", "ip6tables" } from table in new[] { "nat", "filter" } select host.RunAsync($"{program} -t {table} -S"));
        var tables = await host.RunAsync("nft list tables");
        return (
            rules.Any(text => text.Contains("flannel", StringComparison.OrdinalIgnoreCase)),
            tables.Contains("flannel", StringComparison.Ordinal));
    }
}
