using Flannel.Linux;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The original flannel hands over on live hosts: its lease, devices and routes are adopted while packets flow, and what it left of hosts long gone is removed.</summary>
public sealed class SwitchOverTests
{
    private const string DayOfSeconds = "86400";

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Taking_over_from_the_original_loses_no_packet(string backend)
    {
        await using var fabric = await EtcdFabric.CreateAsync(
            await TestNetwork.CreateAsync(2), $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""");
        OriginalHost[] originals = [.. fabric.Network.Hosts.Select(host => new OriginalHost(host, backend))];
        var gone = new OriginalHost(await fabric.Network.AddHostAsync(), backend);
        foreach (var original in originals)
        {
            await original.InstallAsync([.. originals.Append(gone).Where(peer => peer != original)]);
            await original.PublishAsync(fabric);
        }

        Pod[] pods = [await fabric.Network.AddPodAsync(originals[0].Host, originals[0].Subnet), await fabric.Network.AddPodAsync(originals[1].Host, originals[1].Subnet)];
        await Ping.AllReachAllAsync(pods);
        var before = await DescribeAsync(fabric, originals);
        await using var there = ContinuousPing.Start(pods[0], pods[1].Address);
        await using var back = ContinuousPing.Start(pods[1], pods[0].Address);

        foreach (var original in originals)
        {
            await Task.WhenAll(there.FlowAsync(), back.FlowAsync());
            Assert.Equal(original.Subnet, await fabric.Launch(original.Host).WaitUntilReadyAsync());
        }

        await PeerObjects.BecomeAsync(fabric.Daemons[0], backend, [fabric.Daemons[1]]);
        await PeerObjects.BecomeAsync(fabric.Daemons[1], backend, [fabric.Daemons[0]]);
        await Task.WhenAll(there.FlowAsync(), back.FlowAsync());
        Assert.Empty(await there.StopAsync());
        Assert.Empty(await back.StopAsync());
        Assert.Equal(before, await DescribeAsync(fabric, originals));
        foreach (var original in originals)
        {
            await Eventually.BecomesAsync(() => original.Host.RunAsync("ip -4 route show proto boot root 10.5.0.0/16"), routes => routes.Length == 0);
        }
    }

    // What a switch-over must leave alone: the devices with their numbers and MACs, and the leases to the letter.
    private static async Task<string> DescribeAsync(EtcdFabric fabric, IEnumerable<OriginalHost> originals)
    {
        var devices = await Task.WhenAll(originals.Select(original => Devices.ReadAsync(original.Host)));
        return string.Join('\n', devices.Concat((await fabric.ListLeasesAsync()).Select(lease => $"{lease.Key} {lease.Value}")));
    }

    /// <summary>A host as the original leaves it, without a daemon: objects by iproute2, whose routes carry the protocol "boot" as the original's do.</summary>
    private sealed record OriginalHost(TestHost Host, string Backend)
    {
        public PodSubnet Subnet { get; } = new(Cidr.Parse($"10.5.{Host.Number}.1/24"), default, Backend == "vxlan" ? 1450 : 1500);

        private string Mac { get; } = $"3e:11:22:33:44:{Host.Number:x2}";

        private string Value => Backend == "vxlan"
            ? $$$"""{"PublicIP":"{{{Host.Address}}}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"{{{Mac}}}"}}"""
            : $$"""{"PublicIP":"{{Host.Address}}","PublicIPv6":null,"BackendType":"host-gw"}""";

        public async Task InstallAsync(IReadOnlyList<OriginalHost> peers)
        {
            if (Backend != "vxlan")
            {
                await Host.ConfigureAsync(peers.Select(peer => $"route add {peer.Subnet.IPv4.Network} via {peer.Host.Address} dev eth0"));
                return;
            }

            await Host.ConfigureAsync(
                $"link add flannel.1 address {Mac} mtu 1450 type vxlan id 1 local {Host.Address} dev eth0 dstport 8472 nolearning",
                $"addr add {Subnet.IPv4.Network.Address}/32 dev flannel.1",
                "link set flannel.1 up");
            foreach (var peer in peers)
            {
                var gateway = peer.Subnet.IPv4.Network.Address;
                await Host.RunAsync($"bridge fdb add {peer.Mac} dev flannel.1 dst {peer.Host.Address} self permanent");
                await Host.ConfigureAsync(
                    $"neigh add {gateway} lladdr {peer.Mac} dev flannel.1 nud permanent",
                    $"route add {peer.Subnet.IPv4.Network} via {gateway} dev flannel.1 onlink");
            }
        }

        public async Task PublishAsync(EtcdFabric fabric)
        {
            // As in: lease 694d8257011d5c08 granted with TTL(86400s)
            var lease = (await fabric.Etcd.CtlAsync("lease", "grant", DayOfSeconds)).Split(' ')[1];
            await fabric.Etcd.CtlAsync("put", $"{EtcdFabric.Prefix}/subnets/{Subnet.LeaseName}", Value, $"--lease={lease}");
        }
    }
}
