using System.Globalization;
using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>One daemon among thousands of full nodes, and a server that fails it.</summary>
public sealed class KubernetesScaleTests
{
    private const int Nodes = 5000;
    private const int Deleted = 20;

    // A small part of the 60 MB of the list.
    private const long SomeOfTheList = 5_000_000;

    private const string Config = """{ "Network": "10.0.0.0/8", "Backend": { "Type": "vxlan" } }""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Deadline(Seconds = 300)]
    public async Task A_list_that_breaks_off_is_read_again_and_after_an_outage_without_history_the_deleted_nodes_are_gone()
    {
        await using var fabric = await KubeFabric.CreateAsync(await TestNetwork.CreateAsync(1), Config);
        var host = fabric.Network.Hosts[0];
        await fabric.Cluster.CreateNodeAsync(host.Name, "10.0.1.0/24");
        await fabric.Cluster.CreateNodesAsync(Enumerable.Range(0, Nodes).Select(NewNode));
        var received = CountReceived(host);
        var daemon = fabric.Launch(host);

        await Eventually.IsTrueAsync(() => CountReceived(host) > received + SomeOfTheList, Patience);
        await fabric.Cluster.KillAsync();
        await daemon.WaitForLineAsync("the API server is away", Patience);
        Assert.Empty(await RoutesAsync(host));
        await fabric.Cluster.RestartAsync();
        var all = await Eventually.BecomesAsync(() => RoutesAsync(host), routes => routes.Count == Nodes, Patience);

        await fabric.Cluster.KillAsync();
        await fabric.Cluster.EraseNodesAsync(Name(100), Name(100 + Deleted));
        await Eventually.IsTrueAsync(() => daemon.Lines.Count(line => line.Contains("the API server is away", StringComparison.Ordinal)) == 2, Patience);
        Assert.Equal(all, await RoutesAsync(host));
        await fabric.Cluster.RestartAsync();

        var left = await Eventually.BecomesAsync(() => RoutesAsync(host), routes => routes.Count == Nodes - Deleted, Patience);
        Assert.Equal(Enumerable.Range(100, Deleted).Select(Subnet).Order(), all.Except(left).Order());
        Assert.Empty(left.Except(all));
    }

    private static JsonObject NewNode(int number) =>
        NodeObject.Full(Name(number), NodeObject.VxlanAnnotations($"172.20.{1 + (number / 250)}.{1 + (number % 250)}", number), Subnet(number));

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"node-{number:00000}");

    private static string Subnet(int number) => string.Create(CultureInfo.InvariantCulture, $"10.{100 + (number / 256)}.{number % 256}.0/24");

    private static async Task<IReadOnlyList<string>> RoutesAsync(TestHost host) =>
        [.. (await host.RunAsync("ip route show root 10.96.0.0/11")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];

    private static long CountReceived(TestHost host)
    {
        var device = host.Netns.Run(() => File.ReadAllLines("/proc/thread-self/net/dev")).Single(line => line.TrimStart().StartsWith("eth0:", StringComparison.Ordinal));
        return long.Parse(device[(device.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
    }
}
