using System.Net;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>A host for one daemon among many peers, in namespaces of its own: etcd inside, all peers on the segment of <c>eth0</c>.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly TestNetwork _network;
    private readonly string _backend;

    private Site(TestNetwork network, Etcd etcd, string backend) => (_network, Etcd, _backend) = (network, etcd, backend);

    public TestHost Host => _network.Hosts[0];

    public Etcd Etcd { get; }

    /// <param name="backend">Its type.</param>
    /// <param name="peers">What etcd holds already.</param>
    /// <param name="moreConfig">Further members of the network config, with a comma after each.</param>
    public static async Task<Site> CreateAsync(string backend, IReadOnlyList<Peer> peers, string moreConfig = "")
    {
        var network = await TestNetwork.CreateAsync(1);
        var host = network.Hosts[0];
        await host.ConfigureAsync($"address add {Peer.OwnAddress}/16 dev eth0");
        var site = new Site(network, await Etcd.StartAsync(host, IPAddress.Loopback), backend);
        await site.Etcd.ConfigureAsync(backend, moreConfig);
        await site.Etcd.PutAsync(peers, backend);
        return site;
    }

    public static IReadOnlyList<Peer> Peers(int count) => [.. Enumerable.Range(0, count).Select(number => new Peer(number))];

    public Flanneld StartDaemon(params IEnumerable<string> flags) =>
        Flanneld.Start(Host, [$"--etcd-endpoints={Etcd.Endpoint}", $"--iface={Peer.OwnAddress}", .. flags]);

    public Task<int> CountRoutesAsync() => CountAsync("ip route show root 10.0.0.0/8", "10.1");

    /// <summary>Checks by <c>ip</c> and <c>bridge</c> that so many peers are in the kernel, complete.</summary>
    /// <exception cref="InvalidDataException">They are not: what was measured is not what was meant.</exception>
    public async Task VerifyAsync(int peers)
    {
        var (routes, neighbours, entries) = (await CountRoutesAsync(), peers, peers);
        if (_backend == "vxlan")
        {
            neighbours = await CountAsync("ip neigh show dev flannel.1 nud permanent", "10.1");
            entries = await CountAsync("bridge fdb show dev flannel.1", " dst ");
        }

        if (routes != peers || neighbours != peers || entries != peers)
        {
            throw new InvalidDataException($"of {peers} peers there are {routes} routes, {neighbours} neighbours, {entries} fdb entries");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Etcd.DisposeAsync();
        _network.Dispose();
    }

    private async Task<int> CountAsync(string command, string mark) =>
        (await Host.RunAsync(command)).Split('\n').Count(line => line.Contains(mark, StringComparison.Ordinal));
}
