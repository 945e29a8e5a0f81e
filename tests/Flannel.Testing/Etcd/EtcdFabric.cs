using System.Text.Json;

namespace Flannel.Testing.Etcd;

/// <summary>Hosts whose daemons share a real etcd on the switch. The test decides which daemons start, and when.</summary>
public sealed class EtcdFabric : TestFabric
{
    /// <summary>Where daemons look unless told otherwise.</summary>
    public const string Prefix = "/coreos.com/network";

    // The switch as the hosts of every segment see it, and etcd's usual port.
    private const string Address = "172.30.0.1";
    private const string Endpoint = $"http://{Address}:2379";

    private readonly EtcdServer _etcd;

    private EtcdFabric(TestNetwork network, EtcdServer etcd)
        : base(network) => _etcd = etcd;

    public EtcdServer Etcd => _etcd;

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
        await fabric.StartAllAsync(flags);
        return fabric;
    }

    public override Flanneld Launch(TestHost host, params IReadOnlyList<string> flags) =>
        Add(Flanneld.Start(host, ["--etcd-endpoints", Endpoint, "--iface", "eth0", .. flags]));

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

    private protected override ValueTask DisposeStoreAsync() => _etcd.DisposeAsync();

    private static string Text(JsonElement base64) => System.Text.Encoding.UTF8.GetString(base64.GetBytesFromBase64());
}
