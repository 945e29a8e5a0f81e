using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Flannel.Stores.Kube;
using Flannel.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>What a daemon does with its store, and what it hears and says on the way.</summary>
internal sealed class Daemon : IAsyncDisposable, IProgress<string>, ILoggerFactory
{
    public const string ConfigText = """{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}""";

    private readonly CancellationTokenSource _life = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly string _folder = Scratch.NewFolder("kube-daemon");
    private readonly ConcurrentQueue<LeaseChange> _changes = [];
    private readonly List<Task> _workers = [];
    private volatile string _obstacle = "";

    /// <param name="kubeconfig">Where the API server is.</param>
    /// <param name="node">Its node.</param>
    /// <param name="prefix">The prefix of its annotations, which keeps it apart from the daemons of other tests.</param>
    /// <param name="change">What else is different about it.</param>
    /// <param name="time">Another clock than the real one.</param>
    public Daemon(string kubeconfig, string node, string prefix, Func<KubeLeaseOptions, KubeLeaseOptions>? change = null, TimeProvider? time = null)
    {
        Names = NodeAnnotations.Under(prefix);
        File.WriteAllText(ConfigFile, ConfigText);
        var options = new KubeLeaseOptions { Api = KubeOptions.FromKubeconfig(kubeconfig), Annotations = Names, ConfigPath = ConfigFile, NodeName = node };
        Store = new KubeLeaseStore(change?.Invoke(options) ?? options, this, time ?? TimeProvider.System, this);
    }

    public KubeLeaseStore Store { get; }

    public NodeAnnotations Names { get; }

    public string ConfigFile => Path.Combine(_folder, "net-conf.json");

    public RecordingLogger Log { get; } = new();

    /// <summary>What the store says it waits for; empty for nothing.</summary>
    public string Obstacle => _obstacle;

    public CancellationToken Token => _life.Token;

    /// <summary>The leases as all changes so far have left them, by their keys' text.</summary>
    public IReadOnlyDictionary<string, Lease> Leases => Records.Leases(_changes);

    public int Snapshots => _changes.Count(change => change is LeaseChange.Snapshot);

    /// <summary>What vxlan publishes on a host.</summary>
    public static LeaseAttributes Attributes(string publicIP) =>
        new() { PublicIP = IPAddress.Parse(publicIP), BackendType = "vxlan", BackendData = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""" };

    public Task<Lease> AcquireAsync(string publicIP) => AcquireAsync(Attributes(publicIP));

    public async Task<Lease> AcquireAsync(LeaseAttributes attributes)
    {
        var config = NetworkConfig.ParseAssigned(await Store.GetConfigAsync(Token));
        return await Store.AcquireAsync(config, attributes, default, Token);
    }

    /// <summary>Acquires, then follows and keeps; returns the keeper's task.</summary>
    public Task<Task> RunAsync(string publicIP) => RunAsync(Attributes(publicIP));

    /// <inheritdoc cref="RunAsync(string)"/>
    public async Task<Task> RunAsync(LeaseAttributes attributes)
    {
        var own = await AcquireAsync(attributes);
        var keeper = Store.KeepAsync(own, Channel.CreateUnbounded<LeaseAttributes>(), Token);
        _workers.AddRange([FollowAsync(), keeper]);

        // The first list may be older than what was written a moment before; what follows it is not.
        await Eventually.IsTrueAsync(() => Leases.ContainsKey(own.Key.ToString()), TimeSpan.FromSeconds(30));
        return keeper;
    }

    public void Report(string value) => _obstacle = value;

    public ILogger CreateLogger(string categoryName) => Log;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        foreach (var worker in _workers)
        {
            await worker.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Store.DisposeAsync();
        _life.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    void IDisposable.Dispose() => _life.Dispose();

    private async Task FollowAsync()
    {
        await foreach (var change in Store.WatchAsync(Token))
        {
            _changes.Enqueue(change);
        }
    }
}
