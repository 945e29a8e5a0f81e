using System.Net;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The external interface goes, returns, changes its address or its MTU under a running daemon; host, lease and peers follow.</summary>
[Trait("case", "T")]
public sealed class UnderlayTests
{
    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task An_external_interface_that_was_removed_and_put_back_carries_the_pods_again(string backend)
    {
        await using var fabric = await StartAsync(backend);
        var host = fabric.Network.Hosts[0];
        var before = await File.ReadAllTextAsync(fabric.Daemons[0].SubnetFile, TestContext.Current.CancellationToken);

        await fabric.Network.UnplugAsync(host);
        await fabric.Daemons[0].WaitForLineAsync("everything stays as it is until it is back");
        Assert.NotEmpty(await Ping.FindSilentPairsAsync(fabric.Pods));
        await fabric.Network.PlugAsync(host);

        // The new card has a new MAC, which the kernel of the other host learns from the first packets between the two, not from those of pods.
        await Ping.AllReachAllAsync(fabric.Network.Hosts);
        await Ping.AllReachAllAsync(fabric.Pods);
        Assert.Equal(before, await File.ReadAllTextAsync(fabric.Daemons[0].SubnetFile, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task An_external_interface_that_went_down_and_up_carries_the_pods_again(string backend)
    {
        await using var fabric = await StartAsync(backend);
        var host = fabric.Network.Hosts[0];

        await host.ConfigureAsync("link set eth0 down");
        Assert.NotEmpty(await Ping.FindSilentPairsAsync(fabric.Pods));
        await host.ConfigureAsync("link set eth0 up", $"addr replace {host.AddressV6}/64 dev eth0 nodad");

        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task A_host_that_changes_its_address_keeps_its_subnet_and_its_peers_follow(string backend)
    {
        await using var fabric = await StartAsync(backend);
        var record = Assert.Single(Directory.GetFiles(Path.Combine(fabric.Store, "subnets")), file => Holds(file, fabric.Network.Hosts[0].Address));

        await fabric.Network.Hosts[0].MoveAsync(IPAddress.Parse("172.30.0.99"));

        await Eventually.IsTrueAsync(() => Holds(record, IPAddress.Parse("172.30.0.99")));
        await Ping.AllReachAllAsync(fabric.Pods);
        Assert.DoesNotContain("172.30.0.11", await fabric.Network.Hosts[1].RunAsync("ip route"), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(fabric.Store, "subnets")).Length);
    }

    [Fact]
    public async Task A_smaller_mtu_of_the_external_interface_reaches_the_device_and_the_subnet_file()
    {
        await using var fabric = await StartAsync("vxlan");
        var (host, daemon) = (fabric.Network.Hosts[0], fabric.Daemons[0]);

        await host.ConfigureAsync("link set eth0 mtu 1400");

        await Eventually.BecomesAsync(() => host.RunAsync("ip link show flannel.1"), link => link.Contains("mtu 1350 ", StringComparison.Ordinal));
        await Eventually.BecomesAsync(() => File.ReadAllText(daemon.SubnetFile), text => text.Contains("FLANNEL_MTU=1350\n", StringComparison.Ordinal));
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task A_way_to_a_peer_that_is_too_narrow_for_the_tunnel_is_told_with_the_remedy()
    {
        await using var fabric = await StartAsync("vxlan");
        var (host, peer) = (fabric.Network.Hosts[0], fabric.Network.Hosts[1]);

        await host.RunAsync($"ip route add {peer.Address} dev eth0 mtu 1400");

        await fabric.Daemons[0].WaitForLineAsync($"the way to the peer {peer.Address} takes packets of 1400 bytes, ours have up to 1500");
        Assert.DoesNotContain(fabric.Daemons[1].Lines, line => line.Contains("the way to the peer", StringComparison.Ordinal));
    }

    private static async Task<Fabric> StartAsync(string backend)
    {
        var config = $$"""
            { "Network": "10.5.0.0/16", "IPv6Network": "fd05::/48", "EnableIPv6": true, "Backend": { "Type": "{{backend}}" } }
            """;
        var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), config);
        await Ping.AllReachAllAsync(fabric.Pods);
        return fabric;
    }

    private static bool Holds(string record, IPAddress address) => File.ReadAllText(record).Contains($"\"{address}\"", StringComparison.Ordinal);
}
