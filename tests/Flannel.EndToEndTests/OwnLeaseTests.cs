using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>Containers are never silently renumbered: a lease that vanishes is taken again, one that another host took is the end.</summary>
public sealed class OwnLeaseTests
{
    private const string Config = """{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""";

    [Fact]
    public async Task A_lease_that_is_deleted_is_taken_again_at_once_with_the_same_subnet_and_device()
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(2), Config);
        var daemon = fabric.Daemons[0];
        var subnet = daemon.Subnet;
        var before = await fabric.ListLeasesAsync();
        var device = await daemon.Host.RunAsync("ip -o link show dev flannel.1");

        await fabric.DeleteLeaseAsync(subnet.LeaseName);
        await daemon.WaitForLineAsync("vanished from the store");
        await Eventually.BecomesAsync(fabric.ListLeasesAsync, leases => leases.ContainsKey(subnet.LeaseName));

        Assert.Equal(before, await fabric.ListLeasesAsync());
        Assert.Equal(device, await daemon.Host.RunAsync("ip -o link show dev flannel.1"));
        Assert.Equal(subnet, daemon.Subnet);
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task All_leases_deleted_in_one_transaction_are_taken_again()
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(3), Config);
        var before = await fabric.ListLeasesAsync();

        await fabric.Etcd.CtlAsync("del", $"{EtcdFabric.Prefix}/subnets/", "--prefix");
        foreach (var daemon in fabric.Daemons)
        {
            await daemon.WaitForLineAsync($"Took the subnet {daemon.Subnet.LeaseName} again");
        }

        Assert.Equal(before, await fabric.ListLeasesAsync());
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task A_daemon_whose_subnet_another_host_took_ends_with_1_and_says_who()
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(2), Config);
        var (loser, other) = (fabric.Daemons[0], fabric.Daemons[1]);
        var subnet = loser.Subnet;

        await fabric.PutLeaseAsync(subnet.LeaseName, """{"PublicIP":"172.30.0.99","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}}""");

        Assert.Equal(1, await loser.WaitForExitAsync());
        Assert.Matches($"^F.*our subnet {subnet.LeaseName} belongs to the host 172.30.0.99 now", loser.Lines[^1]);
        await Eventually.BecomesAsync(
            () => other.Host.RunAsync("bridge fdb show dev flannel.1"), fdb => fdb.Contains("dst 172.30.0.99", StringComparison.Ordinal));
    }
}
