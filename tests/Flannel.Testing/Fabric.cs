namespace Flannel.Testing;

/// <summary>A whole small fabric with a directory as the store.</summary>
public sealed class Fabric : TestFabric
{
    private readonly string _store = Scratch.NewFolder("store");
    private readonly IReadOnlyList<string> _flags;

    private Fabric(TestNetwork network, IReadOnlyList<string> flags)
        : base(network) => _flags = ["--store-dir", _store, "--iface", "eth0", .. flags];

    /// <summary>The directory of <c>--store-dir</c>.</summary>
    public string Store => _store;

    /// <summary>Starts everything and returns when all daemons are ready and their pods wired; whether the pods reach each other is for the test to see.</summary>
    /// <param name="network">Disposed with the fabric.</param>
    /// <param name="config">The network configuration, as an operator writes it.</param>
    /// <param name="flags">More flags for every daemon.</param>
    public static async Task<Fabric> StartAsync(TestNetwork network, string config, params IReadOnlyList<string> flags)
    {
        var fabric = new Fabric(network, flags);
        await File.WriteAllTextAsync(Path.Combine(fabric.Store, "config"), config);
        await fabric.StartAllAsync([]);
        return fabric;
    }

    public override Flanneld Launch(TestHost host, params IReadOnlyList<string> flags) => Add(Flanneld.Start(host, [.. _flags, .. flags]));

    /// <summary>One more host, with its daemon and its pod.</summary>
    public async Task<Pod> JoinAsync(int segment = 0) => await AddPodAsync(Launch(await Network.AddHostAsync(segment)));

    private protected override ValueTask DisposeStoreAsync()
    {
        Directory.Delete(_store, recursive: true);
        return ValueTask.CompletedTask;
    }
}
