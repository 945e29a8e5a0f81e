using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>alloc: the subnet is the host's, how packets get there is somebody else's business.</summary>
[Trait("case", "T")]
public sealed class AllocTests
{
    private static readonly FabricShape Shape = new("alloc", Families.IPv4);

    [Fact]
    public async Task Hosts_get_their_subnets_and_nothing_changes_in_their_kernels()
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        var before = await Task.WhenAll(fabric.Network.Hosts.Select(DescribeAsync));

        foreach (var host in fabric.Network.Hosts)
        {
            fabric.Launch(host);
        }

        foreach (var daemon in fabric.Daemons)
        {
            var lease = (await daemon.WaitUntilReadyAsync()).LeaseName;
            Assert.Equal(Shape.SubnetFile(lease), await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken));
            Assert.Equal($$"""{"PublicIP":"{{daemon.Host.Address}}","PublicIPv6":null}""", (await fabric.ListLeasesAsync())[lease]);
        }

        Assert.Equal(2, (await fabric.ListLeasesAsync()).Count);
        Assert.Equal(before, await Task.WhenAll(fabric.Network.Hosts.Select(DescribeAsync)));
    }

    private static async Task<string> DescribeAsync(TestHost host) =>
        await host.RunAsync("ip -o link show") + await host.RunAsync("ip -o addr show") + await host.RunAsync("ip route show table all");
}
