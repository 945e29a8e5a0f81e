using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The type of the backend is changed in the configuration and the daemons are started anew, host by host.</summary>
public sealed class BackendChangeTests
{
    [Theory]
    [InlineData("vxlan", "host-gw")]
    [InlineData("host-gw", "vxlan")]
    public async Task Pods_reach_each_other_by_the_new_backend_and_nothing_of_the_old_stays(string before, string after)
    {
        await using var fabric = await StartAsync(before);
        await Ping.AllReachAllAsync(fabric.Pods);
        var subnets = fabric.Daemons.Select(daemon => daemon.Subnet.LeaseName).ToList();

        await ChangeAsync(fabric, after);

        Assert.Equal(subnets, fabric.Daemons.Select(daemon => daemon.Subnet.LeaseName));
        await Ping.AllReachAllAsync(fabric.Pods);
        await using var traffic = ContinuousPing.Start(fabric.Pods[0], fabric.Pods[1].Address);
        foreach (var host in fabric.Network.Hosts)
        {
            await BecomesAsync(host, "ip -o link", "flannel", present: after == "vxlan");
            await BecomesAsync(host, "ip route show proto 102", "dev eth0", present: after == "host-gw");
            await BecomesAsync(host, "ip -6 route show proto 102", "dev eth0", present: after == "host-gw");
        }

        await traffic.FlowAsync();
        Assert.Empty(await traffic.StopAsync());
    }

    [Fact]
    public async Task Alloc_leaves_neither_device_nor_route_of_vxlan_behind_and_vxlan_comes_back_after_it()
    {
        await using var fabric = await StartAsync("vxlan");
        await Ping.AllReachAllAsync(fabric.Pods);

        await ChangeAsync(fabric, "alloc");
        foreach (var host in fabric.Network.Hosts)
        {
            await BecomesAsync(host, "ip -o link", "flannel", present: false);
            await BecomesAsync(host, "ip route show proto 102", "10.5.", present: false);
            await BecomesAsync(host, "ip -6 route show proto 102", "fd05:", present: false);
        }

        await ChangeAsync(fabric, "vxlan");
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task A_vxlan_device_of_another_network_stays()
    {
        await using var fabric = await StartAsync("vxlan");
        var host = fabric.Network.Hosts[0];
        await host.ConfigureAsync(
            "link add flannel.77 type vxlan id 77 dev eth0 dstport 8472", "addr add 10.77.3.0/32 dev flannel.77",
            "link add flannel.x type vxlan id 78 dev eth0 dstport 8472", "addr add 10.5.250.0/32 dev flannel.x");

        await ChangeAsync(fabric, "host-gw");

        await BecomesAsync(host, "ip -o link", "flannel.1:", present: false);
        await BecomesAsync(host, "ip -o link", "flannel.77:", present: true);
        await BecomesAsync(host, "ip -o link", "flannel.x:", present: true);
    }

    private static async Task<Fabric> StartAsync(string backend) =>
        await Fabric.StartAsync(await TestNetwork.CreateAsync(2), new FabricShape(backend, Families.Both).Config);

    private static async Task ChangeAsync(Fabric fabric, string backend)
    {
        await File.WriteAllTextAsync(
            Path.Combine(fabric.Store, "config"), new FabricShape(backend, Families.Both).Config, TestContext.Current.CancellationToken);
        foreach (var daemon in fabric.Daemons)
        {
            await daemon.StopAsync();
            await daemon.RestartAsync();
            await daemon.WaitUntilReadyAsync();
        }
    }

    private static async Task BecomesAsync(TestHost host, string command, string text, bool present) =>
        await Eventually.BecomesAsync(() => host.RunAsync(command), output => output.Contains(text, StringComparison.Ordinal) == present);
}
