namespace Flannel.Testing;

/// <summary>A whole small fabric: a network, one daemon on each host with a directory as the store, and a pod on each.</summary>
public sealed class Fabric : IAsyncDisposable
{
    private readonly string _store = Scratch.NewFolder("store");
    private readonly List<Flanneld> _daemons = [];
    private readonly List<Pod> _pods = [];
    private readonly IReadOnlyList<string> _flags;

    private Fabric(TestNetwork network, IReadOnlyList<string> flags)
    {
        Network = network;
        _flags = ["--store-dir", _store, "--iface", "eth0", .. flags];
    }

    public TestNetwork Network { get; }

    /// <summary>One for each host, in the hosts' order.</summary>
    public IReadOnlyList<Flanneld> Daemons => _daemons;

    /// <summary>One for each host, in the hosts' order.</summary>
    public IReadOnlyList<Pod> Pods => _pods;

    /// <summary>The directory of <c>--store-dir</c>.</summary>
    public string Store => _store;

    /// <summary>Starts everything and returns when all daemons are ready and their pods wired; whether the pods reach each other is for the test to see.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration, as an operator writes it.</param>
    /// <param name="flags">More flags for every daemon.</param>
    public static async Task<Fabric> StartAsync(TestNetwork network, string config, params IReadOnlyList<string> flags)
    {
        var fabric = new Fabric(network, flags);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(fabric.Store, "config"), config);
            foreach (var host in network.Hosts)
            {
                fabric._daemons.Add(Flanneld.Start(host, fabric._flags));
            }

            foreach (var daemon in fabric._daemons)
            {
                fabric._pods.Add(await network.AddPodAsync(daemon.Host, await daemon.WaitUntilReadyAsync()));
            }
        }
        catch
        {
            await fabric.DisposeAsync();
            throw;
        }

        return fabric;
    }

    /// <summary>One more host, with its daemon and its pod.</summary>
    public async Task<Pod> JoinAsync(int segment = 0)
    {
        var daemon = Flanneld.Start(await Network.AddHostAsync(segment), _flags);
        _daemons.Add(daemon);
        _pods.Add(await Network.AddPodAsync(daemon.Host, await daemon.WaitUntilReadyAsync()));
        return _pods[^1];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        Network.Dispose();
        Directory.Delete(_store, recursive: true);
    }
}
