using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>A store that holds too much: hosts under one address, no subnet left, garbage by the thousand.</summary>
[Trait("case", "T")]
public sealed class CrowdedStoreTests
{
    private const string Config = """{ "Network": "10.5.0.0/16", "EnableNFTables": true, "Backend": { "Type": "vxlan" } }""";

    [Fact]
    public async Task Two_hosts_with_one_public_address_are_named_and_the_others_go_on()
    {
        await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), Config);
        IReadOnlyList<string> flags = ["--store-dir", fabric.Store, "--iface", "eth0", "--public-ip", "172.30.0.66"];
        await using var first = Flanneld.Start(await fabric.Network.AddHostAsync(), flags);
        var shared = await first.WaitUntilReadyAsync();

        await using var second = Flanneld.Start(await fabric.Network.AddHostAsync(), flags);

        Assert.Equal(shared.IPv4, (await second.WaitUntilReadyAsync()).IPv4);
        Assert.Contains("172.30.0.66: two hosts have one public address", await first.WaitForLineAsync("Another host writes to our lease"), StringComparison.Ordinal);
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task The_host_that_finds_no_subnet_free_ends_and_says_so()
    {
        await using var fabric = await Fabric.StartAsync(
            await TestNetwork.CreateAsync(2),
            """{ "Network": "10.5.0.0/16", "SubnetMin": "10.5.4.0", "SubnetMax": "10.5.5.0", "EnableNFTables": true, "Backend": { "Type": "vxlan" } }""");

        await using var third = Flanneld.Start(await fabric.Network.AddHostAsync(), "--store-dir", fabric.Store, "--iface", "eth0");

        Assert.Equal(1, await third.WaitForExitAsync());
        Assert.Contains(third.Lines, line => line.Contains("failed to acquire lease: out of subnets", StringComparison.Ordinal));
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Fact]
    public async Task Ten_thousand_garbage_keys_in_etcd_are_ignored_in_few_lines()
    {
        using var network = await TestNetwork.CreateAsync(3);
        await using var etcd = await StartEtcdAsync(network);
        await using var before = Start(network.Hosts[0]);
        await before.WaitUntilReadyAsync();

        var garbage = Enumerable.Range(0, 10_000).Select(n => $"put /coreos.com/network/subnets/{(n % 2 == 0 ? $"10.6.{n / 256}.{n % 256}-30" : $"junk-{n}")} \"nothing\"");
        await CtlAsync(network, "txn", $"\n{string.Join('\n', garbage)}\n\n\n");
        await using var after = Start(network.Hosts[1]);
        await using var last = Start(network.Hosts[2]);

        await AllReachAllAsync(network, [before, after, last]);
        foreach (var daemon in new[] { before, after, last })
        {
            await daemon.WaitForLineAsync("More than 256 records are no leases");
            Assert.InRange(daemon.Lines.Count, 256, 400);
        }
    }

    [Fact]
    public async Task A_megabyte_of_garbage_as_a_value_in_etcd_is_ignored()
    {
        using var network = await TestNetwork.CreateAsync(2);
        await using var etcd = await StartEtcdAsync(network);
        await using var before = Start(network.Hosts[0]);
        await before.WaitUntilReadyAsync();

        await CtlAsync(network, "put /coreos.com/network/subnets/10.5.9.0-24", new string('x', 1 << 20));
        await using var after = Start(network.Hosts[1]);

        await AllReachAllAsync(network, [before, after]);
        foreach (var daemon in new[] { before, after })
        {
            Assert.Contains("the value has more than 65536 characters", await daemon.WaitForLineAsync("Ignoring the record '10.5.9.0-24': "), StringComparison.Ordinal);
        }
    }

    private static Flanneld Start(TestHost host) => Flanneld.Start(host, "--etcd-endpoints", "http://172.30.0.1:2379", "--iface", "eth0");

    private static async Task<EtcdServer> StartEtcdAsync(TestNetwork network)
    {
        var etcd = await EtcdServer.StartAsync(
            new EtcdServerOptions { Host = "172.30.0.1", Netns = network.Switch.Netns.Path, Arguments = ["--max-txn-ops", "20000"] });
        await CtlAsync(network, "put /coreos.com/network/config", Config);
        return etcd;
    }

    /// <summary>Runs <c>etcdctl</c> where the server is.</summary>
    private static Task CtlAsync(TestNetwork network, string command, string input) =>
        network.Switch.RunAsync($"env ETCDCTL_API=3 etcdctl --endpoints http://172.30.0.1:2379 {command}", input);

    private static async Task AllReachAllAsync(TestNetwork network, IReadOnlyList<Flanneld> daemons)
    {
        var pods = new List<Pod>();
        foreach (var daemon in daemons)
        {
            pods.Add(await network.AddPodAsync(daemon.Host, await daemon.WaitUntilReadyAsync()));
        }

        await Ping.AllReachAllAsync(pods);
    }
}
