namespace Flannel.Testing;

/// <summary>A network with daemons on its hosts and pods behind them. What the daemons share as their store is said by the classes below this one.</summary>
public abstract class TestFabric : IAsyncDisposable
{
    private readonly List<Flanneld> _daemons = [];
    private readonly List<Pod> _pods = [];

    /// <param name="network">Disposed with the fabric.</param>
    private protected TestFabric(TestNetwork network) => Network = network;

    public TestNetwork Network { get; }

    /// <summary>In the order of their start.</summary>
    public IReadOnlyList<Flanneld> Daemons => _daemons;

    /// <summary>In the order of their start.</summary>
    public IReadOnlyList<Pod> Pods => _pods;

    /// <summary>How long a daemon may take until it is ready.</summary>
    private protected virtual TimeSpan Patience => Eventually.DefaultDeadline;

    /// <summary>Starts a daemon on a host, without waiting for anything.</summary>
    /// <param name="host">Where.</param>
    /// <param name="flags">Flags besides those that name the store.</param>
    public abstract Flanneld Launch(TestHost host, params IReadOnlyList<string> flags);

    /// <summary>Waits until the daemon is ready, and wires a pod as its subnet file says.</summary>
    public async Task<Pod> AddPodAsync(Flanneld daemon)
    {
        _pods.Add(await Network.AddPodAsync(daemon.Host, await daemon.WaitUntilReadyAsync(Patience)));
        return _pods[^1];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        await DisposeStoreAsync();
        Network.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One daemon more, which ends with the fabric.</summary>
    private protected Flanneld Add(Flanneld daemon)
    {
        _daemons.Add(daemon);
        return daemon;
    }

    /// <summary>Starts a daemon on each host, all at once, and a pod behind each, in the hosts' order. What fails disposes the fabric.</summary>
    private protected async Task StartAllAsync(IReadOnlyList<string> flags)
    {
        try
        {
            foreach (var host in Network.Hosts)
            {
                await PrepareAsync(host);
                Launch(host, flags);
            }

            foreach (var daemon in _daemons)
            {
                await AddPodAsync(daemon);
            }
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>What a host needs before its daemon can have a lease.</summary>
    private protected virtual Task PrepareAsync(TestHost host) => Task.CompletedTask;

    private protected abstract ValueTask DisposeStoreAsync();
}
