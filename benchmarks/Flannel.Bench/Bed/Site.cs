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

    /// <inheritdoc cref="Installed.VerifyAsync"/>
    public Task VerifyAsync(int peers) => Installed.VerifyAsync(Host, _backend, peers);

    public async ValueTask DisposeAsync()
    {
        await Etcd.DisposeAsync();
        _network.Dispose();
    }
}
