using Flannel.Testing;
using Flannel.Testing.Etcd;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The original flannel hands over on live hosts: its lease, devices and routes are adopted while packets flow, and what it left of hosts long gone is removed.</summary>
public sealed class SwitchOverTests
{
    private const string DayOfSeconds = "86400";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Taking_over_from_the_original_loses_no_packet(string backend)
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(2), Config(backend));

        await TakeOverAsync(fabric.Network, backend, PublishAsync, host => fabric.Launch(host), DescribeStoreAsync);

        async Task PublishAsync(OriginalHost original)
        {
            // As in: lease 694d8257011d5c08 granted with TTL(86400s)
            var lease = (await fabric.Etcd.CtlAsync("lease", "grant", DayOfSeconds)).Split(' ')[1];
            await fabric.Etcd.CtlAsync("put", $"{EtcdFabric.Prefix}/subnets/{original.Subnet.LeaseName}", original.Value, $"--lease={lease}");
        }

        async Task<string> DescribeStoreAsync() => string.Join('\n', (await fabric.ListLeasesAsync()).Select(lease => $"{lease.Key} {lease.Value}"));
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Taking_over_from_the_original_on_the_nodes_of_a_cluster_loses_no_packet(string backend)
    {
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(2), Config(backend));
        string[] names = [.. fabric.Network.Hosts.Select(host => host.Name)];

        await TakeOverAsync(fabric.Network, backend, PublishAsync, host => fabric.Launch(host), DescribeStoreAsync);

        Task PublishAsync(OriginalHost original) =>
            fabric.Cluster.CreateNodeAsync(NodeObject.Full(original.Host.Name, original.Annotations, KubeFabric.PodCidrs(original.Host)));

        async Task<string> DescribeStoreAsync()
        {
            var nodes = await Task.WhenAll(names.Select(fabric.Cluster.AnnotationsAsync));
            return string.Join('\n', nodes.SelectMany(node => node.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}")));
        }
    }

    private static string Config(string backend) => $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""";

    /// <summary>Two hosts as the original left them, and a third it knew, change over one after the other under pings both ways.</summary>
    /// <param name="network">Two hosts.</param>
    /// <param name="backend">Of the original and of the daemons.</param>
    /// <param name="publish">Writes the lease of a host as the original does.</param>
    /// <param name="launch">Starts the daemon of a host.</param>
    /// <param name="describeStore">What must be the same in the store after.</param>
    private static async Task TakeOverAsync(
        TestNetwork network, string backend, Func<OriginalHost, Task> publish, Func<TestHost, Flanneld> launch, Func<Task<string>> describeStore)
    {
        OriginalHost[] originals = [.. network.Hosts.Select(host => new OriginalHost(host, backend))];
        var gone = new OriginalHost(await network.AddHostAsync(), backend);
        foreach (var original in originals)
        {
            await original.InstallAsync([.. originals.Append(gone).Where(peer => peer != original)]);
            await publish(original);
        }

        Pod[] pods = [await network.AddPodAsync(originals[0].Host, originals[0].Subnet), await network.AddPodAsync(originals[1].Host, originals[1].Subnet)];
        await Ping.AllReachAllAsync(pods);
        var before = await DescribeAsync();
        await using var there = ContinuousPing.Start(pods[0], pods[1].Address);
        await using var back = ContinuousPing.Start(pods[1], pods[0].Address);

        var daemons = new List<Flanneld>();
        foreach (var original in originals)
        {
            await Task.WhenAll(there.FlowAsync(), back.FlowAsync());
            daemons.Add(launch(original.Host));
            Assert.Equal(original.Subnet, await daemons[^1].WaitUntilReadyAsync(Patience));
        }

        await PeerObjects.BecomeAsync(daemons[0], backend, [daemons[1]], Patience);
        await PeerObjects.BecomeAsync(daemons[1], backend, [daemons[0]], Patience);
        await Task.WhenAll(there.FlowAsync(), back.FlowAsync());
        Assert.Empty(await there.StopAsync());
        Assert.Empty(await back.StopAsync());
        Assert.Equal(before, await DescribeAsync());
        foreach (var original in originals)
        {
            await Eventually.BecomesAsync(() => original.Host.RunAsync("ip -4 route show proto boot root 10.5.0.0/16"), routes => routes.Length == 0);
        }

        // What a switch-over must leave alone: the devices with their numbers and MACs, and the leases to the letter.
        async Task<string> DescribeAsync() =>
            string.Join('\n', [.. await Task.WhenAll(originals.Select(original => Devices.ReadAsync(original.Host))), await describeStore()]);
    }
}
