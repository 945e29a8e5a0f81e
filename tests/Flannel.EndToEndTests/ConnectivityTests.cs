using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The main job: three hosts take leases, and the pod on each reaches the pods on the others, with packets of the promised size and no larger ones.</summary>
public sealed class ConnectivityTests
{
    private const int Hosts = 3;
    private const int Wide = 9000;
    private const int TransferLength = 1 << 20;

    [Theory]
    [InlineData(Families.IPv4)]
    [InlineData(Families.Both)]
    [InlineData(Families.IPv6)]
    [Trait("case", "M1")]
    public Task Pods_reach_each_other_over_vxlan_with_leases_in_etcd(Families families) => RunOnEtcdAsync(new FabricShape("vxlan", families));

    [Theory]
    [InlineData(Families.IPv4)]
    [InlineData(Families.Both)]
    [InlineData(Families.IPv6)]
    [Trait("case", "M3")]
    public Task Pods_reach_each_other_over_host_gw_with_leases_in_etcd(Families families) => RunOnEtcdAsync(new FabricShape("host-gw", families));

    [Theory]
    [InlineData("vxlan", Families.Both)]
    [InlineData("host-gw", Families.Both)]
    [InlineData("vxlan", Families.IPv6)]
    public async Task Pods_reach_each_other_with_leases_in_a_directory(string backend, Families families)
    {
        var shape = new FabricShape(backend, families);
        await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(Hosts), shape.Config);

        await AssertWorksAsync(shape, fabric.Daemons, fabric.Pods, await ReadLeasesAsync(Path.Combine(fabric.Store, "subnets")));
    }

    private static async Task RunOnEtcdAsync(FabricShape shape)
    {
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(Hosts), shape.Config);

        await AssertWorksAsync(shape, fabric.Daemons, fabric.Pods, await fabric.ListLeasesAsync());
    }

    private static async Task AssertWorksAsync(
        FabricShape shape, IReadOnlyList<Flanneld> daemons, IReadOnlyList<Pod> pods, IReadOnlyDictionary<string, string> leases)
    {
        Assert.Equal(Hosts, leases.Count);
        foreach (var daemon in daemons)
        {
            Assert.Equal(shape.SubnetFile(LeaseOf(daemon.Host, shape, leases)), await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken));
        }

        await Ping.AllReachAllAsync(pods);
        foreach (var (from, to) in pods.Zip([.. pods.Skip(1), pods[0]]))
        {
            foreach (var address in to.Addresses)
            {
                var transfer = await TcpTransfer.RunAsync(from, to, address, TransferLength);
                Assert.Contains(transfer.Source, from.Addresses);
            }
        }

        await AssertCarriesFullPacketsAsync(shape, pods);
    }

    // The pods' own cables are made wider than the fabric, so that it is the fabric that refuses the larger packet.
    private static async Task AssertCarriesFullPacketsAsync(FabricShape shape, IReadOnlyList<Pod> pods)
    {
        foreach (var pod in pods)
        {
            await pod.SetMtuAsync(Wide);
        }

        var paths = from one in pods from other in pods where one != other from address in other.Addresses select (one, address);
        await Task.WhenAll(paths.Select(async path =>
        {
            var largest = shape.LargestPacket(path.address.AddressFamily);
            await Eventually.IsTrueAsync(() => Ping.PassesAsync(path.one, path.address, largest));
            Assert.False(await Ping.PassesAsync(path.one, path.address, largest + 1), $"{largest + 1} bytes from {path.one} to {path.address} pass");
        }));
    }

    private static string LeaseOf(TestHost host, FabricShape shape, IReadOnlyDictionary<string, string> leases)
    {
        var address = shape.Families == Families.IPv6 ? host.AddressV6 : host.Address;
        return Assert.Single(leases, lease => lease.Value.Contains($"\"{address}\"", StringComparison.Ordinal)).Key;
    }

    private static async Task<IReadOnlyDictionary<string, string>> ReadLeasesAsync(string folder)
    {
        var leases = new Dictionary<string, string>();
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !Path.GetFileName(file).StartsWith('.')))
        {
            leases[Path.GetFileName(file)] = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        }

        return leases;
    }
}
