using System.Globalization;
using System.Text.Json;

namespace Flannel.Testing.Kube;

/// <summary>Hosts that are the nodes of a real cluster, whose API server runs on the switch. The test decides which nodes there are and which daemons start.</summary>
public sealed class KubeFabric : TestFabric
{
    private readonly string _folder = Scratch.NewFolder("kube-fabric");

    private KubeFabric(TestNetwork network, KubeCluster cluster, string kubeconfig)
        : base(network) => (Cluster, Kubeconfig) = (cluster, kubeconfig);

    public KubeCluster Cluster { get; }

    /// <summary>What <c>--kubeconfig-file</c> names.</summary>
    public string Kubeconfig { get; }

    /// <summary>What <c>--net-config-path</c> names.</summary>
    public string ConfigFile => Path.Combine(_folder, "net-conf.json");

    /// <summary>Starts the cluster and writes the configuration; no node, no daemon.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration, as an operator writes it; null writes none.</param>
    public static async Task<KubeFabric> CreateAsync(TestNetwork network, string? config)
    {
        var cluster = await KubeCluster.StartAsync(KubeClusterOptions.On(network));
        try
        {
            var fabric = new KubeFabric(network, cluster, await FlannelAccount.CreateAsync(cluster));
            if (config is not null)
            {
                await File.WriteAllTextAsync(fabric.ConfigFile, config);
            }

            return fabric;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the cluster, a node and a daemon for each host, and a pod behind each, in the hosts' order; all daemons start at once.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration.</param>
    /// <param name="flags">More flags for every daemon.</param>
    public static async Task<KubeFabric> StartAsync(TestNetwork network, string config, params IReadOnlyList<string> flags)
    {
        var fabric = await CreateAsync(network, config);
        await fabric.StartAllAsync(flags);
        return fabric;
    }

    /// <summary>The pod networks of a host's node: <c>10.5.1.0/24</c> and <c>fd05:0:0:1::/64</c> for the first.</summary>
    public static IReadOnlyList<string> PodCidrs(TestHost host) =>
        [string.Create(CultureInfo.InvariantCulture, $"10.5.{host.Number}.0/24"), string.Create(CultureInfo.InvariantCulture, $"fd05:0:0:{host.Number}::/64")];

    /// <inheritdoc/>
    /// <remarks>Its node has the host's name.</remarks>
    public override Flanneld Launch(TestHost host, params IReadOnlyList<string> flags) => LaunchWith(host, [$"NODE_NAME={host.Name}"], flags);

    /// <summary>Starts a daemon on a host, with variables as in <c>NODE_NAME=host1</c> that tell it which node it is on.</summary>
    public Flanneld LaunchWith(TestHost host, IReadOnlyList<string> environment, params IReadOnlyList<string> flags) =>
        Add(Flanneld.StartUnder(["env", .. environment], host, [.. StoreFlags, "--iface", "eth0", .. flags]));

    /// <summary>What <c>flannelctl</c> of the binary under test prints on a host, asked with words parted by single blanks.</summary>
    public Task<string> AskAsync(TestHost host, string command) =>
        host.RunAsync(string.Join(' ', [Path.Combine(Path.GetDirectoryName(Flanneld.Binary)!, "flannelctl"), command, .. StoreFlags]));

    /// <summary>The reasons and messages of the events about a node.</summary>
    public async Task<IReadOnlyList<string>> ListEventsAsync(string node)
    {
        var events = await Cluster.Api.GetAsync($"/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D{node}");
        return [.. events.GetProperty("items").EnumerateArray().Select(item => $"{Text(item, "reason")}: {Text(item, "message")}")];
    }

    private protected override TimeSpan Patience => TimeSpan.FromSeconds(60);

    private protected override Task PrepareAsync(TestHost host) => Cluster.CreateNodeAsync(host.Name, PodCidrs(host));

    private protected override async ValueTask DisposeStoreAsync()
    {
        await Cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private IReadOnlyList<string> StoreFlags => ["--kube-subnet-mgr", $"--kubeconfig-file={Kubeconfig}", $"--net-config-path={ConfigFile}"];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;
}
