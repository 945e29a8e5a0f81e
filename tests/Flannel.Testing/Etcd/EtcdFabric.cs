using System.Text.Json;

namespace Flannel.Testing.Etcd;

/// <summary>Hosts whose daemons share a real etcd on the switch. The test decides which daemons start, and when.</summary>
public sealed class EtcdFabric : IAsyncDisposable
{
    /// <summary>Where daemons look unless told otherwise.</summary>
    public const string Prefix = "/coreos.com/network";

    // The switch as the hosts of every segment see it, and etcd's usual port.
    private const string Address = "172.30.0.1";
    private const string Endpoint = $"http://{Address}:2379";

    private readonly EtcdServer _etcd;
    private readonly List<Flanneld> _daemons = [];
    private readonly List<Pod> _pods = [];

    private EtcdFabric(TestNetwork network, EtcdServer etcd) => (Network, _etcd) = (network, etcd);

    public TestNetwork Network { get; }

    public EtcdServer Etcd => _etcd;

    /// <summary>In the order of their start.</summary>
    public IReadOnlyList<Flanneld> Daemons => _daemons;

    /// <summary>In the order of their start.</summary>
    public IReadOnlyList<Pod> Pods => _pods;

    /// <summary>Starts etcd and writes the configuration; no daemon.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration, as an operator writes it; null writes none.</param>
    public static async Task<EtcdFabric> CreateAsync(TestNetwork network, string? config)
    {
        var etcd = await EtcdServer.StartAsync(new EtcdServerOptions { Host = Address, Netns = network.Switch.Netns.Path });
        var fabric = new EtcdFabric(network, etcd);
        if (config is not null)
        {
            await fabric.PutConfigAsync(config);
        }

        return fabric;
    }

    /// <summary>Starts etcd, a daemon on each host, and a pod behind each, in the hosts' order; all daemons start at once.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration.</param>
    /// <param name="flags">More flags for every daemon.</param>
    public static async Task<EtcdFabric> StartAsync(TestNetwork network, string config, params IReadOnlyList<string> flags)
    {
        var fabric = await CreateAsync(network, config);
        try
        {
            foreach (var host in network.Hosts)
            {
                fabric.Launch(host, flags);
            }

            foreach (var daemon in fabric._daemons)
            {
                await fabric.AddPodAsync(daemon);
            }
        }
        catch
        {
            await fabric.DisposeAsync();
            throw;
        }

        return fabric;
    }

    /// <summary>Starts a daemon on a host, without waiting for anything.</summary>
    public Flanneld Launch(TestHost host, params IReadOnlyList<string> flags)
    {
        var daemon = Flanneld.Start(host, ["--etcd-endpoints", Endpoint, "--iface", "eth0", .. flags]);
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Waits until the daemon is ready, and wires a pod as its subnet file says.</summary>
    public async Task<Pod> AddPodAsync(Flanneld daemon)
    {
        _pods.Add(await Network.AddPodAsync(daemon.Host, await daemon.WaitUntilReadyAsync()));
        return _pods[^1];
    }

    public Task PutConfigAsync(string config) => Etcd.CtlAsync("put", $"{Prefix}/config", config);

    /// <summary>The values of the leases, by the last part of their keys: <c>10.5.34.0-24</c>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListLeasesAsync()
    {
        var folder = $"{Prefix}/subnets/";
        var answer = JsonElement.Parse(await Etcd.CtlAsync("get", folder, "--prefix", "-w", "json"));
        return !answer.TryGetProperty("kvs", out var items)
            ? new Dictionary<string, string>()
            : items.EnumerateArray().ToDictionary(
                item => Text(item.GetProperty("key"))[folder.Length..],
                item => item.TryGetProperty("value", out var value) ? Text(value) : "");
    }

    /// <summary>Writes a lease as another daemon would, without an end.</summary>
    public Task PutLeaseAsync(string name, string value) => Etcd.CtlAsync("put", $"{Prefix}/subnets/{name}", value);

    public Task DeleteLeaseAsync(string name) => Etcd.CtlAsync("del", $"{Prefix}/subnets/{name}");

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        await _etcd.DisposeAsync();
        Network.Dispose();
    }

    private static string Text(JsonElement base64) => System.Text.Encoding.UTF8.GetString(base64.GetBytesFromBase64());
}
