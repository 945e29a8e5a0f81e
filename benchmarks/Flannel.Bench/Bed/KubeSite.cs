using System.Globalization;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing;
using Flannel.Testing.Kube;

namespace Flannel.Bench.Bed;

/// <summary>A host for one daemon, in namespaces of its own, that is a node of a cluster with many others: a real API server beside it, full node objects, no kubelets.</summary>
internal sealed class KubeSite : IAsyncDisposable
{
    private const string OwnSubnet = "10.0.1.0/24";

    private readonly TestNetwork _network;
    private readonly string _backend;
    private readonly string _kubeconfig;
    private readonly string _token;
    private readonly string _configFile = Path.Combine(Scratch.NewFolder("kube-site"), "net-conf.json");

    private KubeSite(TestNetwork network, KubeCluster cluster, string backend, string kubeconfig, string token)
    {
        (_network, Cluster, _backend, _kubeconfig, _token) = (network, cluster, backend, kubeconfig, token);
        File.WriteAllText(_configFile, $$$"""{"Network":"10.0.0.0/8","Backend":{"Type":"{{{backend}}}"}}""");
    }

    public TestHost Host => _network.Hosts[0];

    public KubeCluster Cluster { get; }

    /// <param name="backend">Its type.</param>
    /// <param name="peers">The other nodes, each of which runs the same backend.</param>
    public static async Task<KubeSite> CreateAsync(string backend, IReadOnlyList<Peer> peers)
    {
        var network = await TestNetwork.CreateAsync(1);
        var host = network.Hosts[0];
        await host.ConfigureAsync($"address add {Peer.OwnAddress}/16 dev eth0");
        var cluster = await KubeCluster.StartAsync(KubeClusterOptions.On(network));
        var site = new KubeSite(network, cluster, backend, await FlannelAccount.CreateAsync(cluster), await cluster.IssueTokenAsync("kube-system", "flannel"));
        await cluster.CreateNodeAsync(NodeObject.Full(host.Name, new Dictionary<string, string>(), OwnSubnet));
        await cluster.CreateNodesAsync(peers.Select(peer => NodeObject.Full(NameOf(peer), site.Annotations(peer), peer.Subnet)));
        return site;
    }

    public Flanneld StartDaemon() => Flanneld.StartUnder(
        ["env", $"NODE_NAME={Host.Name}"],
        Host,
        ["--kube-subnet-mgr", $"--kubeconfig-file={_kubeconfig}", $"--net-config-path={_configFile}", $"--iface={Peer.OwnAddress}"]);

    /// <summary>Removes what a daemon that was killed has left, for the next to start from nothing.</summary>
    public Task CleanAsync() => Host.ConfigureAsync(_backend == "vxlan" ? "link del flannel.1" : $"route flush proto {RouteProtocol.Flannel}");

    /// <summary>How long <c>curl</c> takes to fetch all nodes in the form the daemon asks for, and to throw them away: the server's own share.</summary>
    public async Task<TimeSpan> FetchListAsync()
    {
        var url = $"{Cluster.Endpoint}api/v1/nodes?resourceVersion=0";
        // By its own name curl would be sent JSON with indents, half as long again.
        var asWho = $"--user-agent flanneld --cacert {Cluster.Authority.CaFile} --oauth2-bearer {_token}";
        var seconds = await Host.RunAsync($"curl --fail --silent --output /dev/null --write-out %{{time_total}} {asWho} {url}");
        return TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
    }

    /// <summary>Makes the node of a newcomer, with its pod network, on which no flannel runs yet.</summary>
    public Task AddNodeAsync(Peer newcomer) => Cluster.CreateNodeAsync(NodeObject.Full(NameOf(newcomer), new Dictionary<string, string>(), newcomer.Subnet));

    /// <summary>What the newcomer's flannel does when it starts.</summary>
    public Task AnnotateAsync(Peer newcomer) => Cluster.AnnotateAsync(NameOf(newcomer), Annotations(newcomer).ToDictionary(pair => pair.Key, pair => (string?)pair.Value));

    public Task DeleteNodeAsync(Peer peer) => Cluster.DeleteNodeAsync(NameOf(peer));

    /// <summary>What the kubelet of a node says each few minutes.</summary>
    public Task HeartbeatAsync(Peer peer) => Cluster.HeartbeatAsync(NameOf(peer));

    /// <summary>Bytes that the host has sent and received, as frames: those of the daemon, since nothing else there speaks.</summary>
    public async Task<double> CountTrafficAsync()
    {
        var counters = (await Host.ReadAsync("ip -s -j link show eth0"))[0].GetProperty("stats64");
        return counters.GetProperty("rx").GetProperty("bytes").GetDouble() + counters.GetProperty("tx").GetProperty("bytes").GetDouble();
    }

    /// <inheritdoc cref="Installed.VerifyAsync"/>
    public Task VerifyAsync(int peers) => Installed.VerifyAsync(Host, _backend, peers);

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _network.Dispose();
    }

    private static string NameOf(Peer peer) => string.Create(CultureInfo.InvariantCulture, $"node-{peer.Number:00000}");

    private IReadOnlyDictionary<string, string> Annotations(Peer peer) =>
        _backend == "vxlan" ? NodeObject.VxlanAnnotations(peer.PublicIP, peer.Number) : NodeObject.HostGatewayAnnotations(peer.PublicIP);
}
