using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The daemon is not needed for traffic: it may end in any way and come back while packets flow.</summary>
public sealed class RestartTests
{
    private const int Rounds = 3;

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    [Trait("case", "M1")]
    [Trait("case", "M3")]
    public async Task No_packet_is_lost_and_nothing_changes_while_a_daemon_is_stopped_and_started_again_and_again(string backend)
    {
        await using var fabric = await StartAsync(backend);
        var daemon = fabric.Daemons[0];

        await RestartUnderTrafficAsync(fabric, backend, async () =>
        {
            Assert.Equal(0, await daemon.StopAsync());
            Assert.EndsWith("] Exiting cleanly...", daemon.Lines[^1], StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    [Trait("case", "M1")]
    [Trait("case", "M3")]
    public async Task No_packet_is_lost_and_nothing_changes_while_a_daemon_is_killed_and_started_again_and_again(string backend)
    {
        await using var fabric = await StartAsync(backend);

        await RestartUnderTrafficAsync(fabric, backend, fabric.Daemons[0].KillAsync);
    }

    [Fact]
    public async Task A_daemon_takes_its_subnet_again_when_its_lease_has_gone_while_it_was_down()
    {
        await using var fabric = await StartAsync("vxlan");
        var daemon = fabric.Daemons[0];
        var before = daemon.Subnet;

        await daemon.StopAsync();
        await fabric.DeleteLeaseAsync(before.LeaseName);
        await daemon.RestartAsync();

        Assert.Equal(before, await daemon.WaitUntilReadyAsync());
        Assert.Contains(before.LeaseName, await fabric.ListLeasesAsync());
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    private static async Task<EtcdFabric> StartAsync(string backend)
    {
        var fabric = await EtcdFabric.StartAsync(
            await TestNetwork.CreateAsync(2), $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""", "--ip-masq");
        await PeerObjects.BecomeAsync(fabric.Daemons[0], backend, [fabric.Daemons[1]]);
        await PeerObjects.BecomeAsync(fabric.Daemons[1], backend, [fabric.Daemons[0]]);
        await Ping.AllReachAllAsync(fabric.Pods);
        return fabric;
    }

    private static async Task RestartUnderTrafficAsync(EtcdFabric fabric, string backend, Func<Task> endAsync)
    {
        var daemon = fabric.Daemons[0];
        var before = (daemon.Subnet, Device: await DescribeAsync(daemon.Host, backend), Leases: await fabric.ListLeasesAsync());
        await using var there = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        await using var back = ContinuousPing.Start(fabric.Pods[1], fabric.Pods[0].Address);

        for (var round = 0; round < Rounds; round++)
        {
            await FlowAsync(there, back);
            await endAsync();
            await FlowAsync(there, back);
            await daemon.RestartAsync();
            Assert.Equal(before.Subnet, await daemon.WaitUntilReadyAsync());
        }

        await FlowAsync(there, back);
        Assert.Empty(await there.StopAsync());
        Assert.Empty(await back.StopAsync());
        Assert.Equal(before.Device, await DescribeAsync(daemon.Host, backend));
        Assert.Equal(before.Leases, await fabric.ListLeasesAsync());
    }

    private static Task FlowAsync(ContinuousPing there, ContinuousPing back) => Task.WhenAll(there.FlowAsync(), back.FlowAsync());

    private static async Task<string> DescribeAsync(TestHost host, string backend) =>
        $"{await Devices.ReadAsync(host)}\n{await PeerObjects.ReadAsync(host, backend)}";
}
