using System.Threading.Channels;
using Flannel.Config;
using Flannel.Stores;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases.Kube;

/// <summary>
/// Leases as nodes of a Kubernetes cluster (store-kube.md): the cluster assigns a node its pod networks, the node's annotations carry the rest. Nothing is allocated,
/// renewed or reserved here. One watch serves the peers and the own node.
/// </summary>
public sealed partial class KubeLeaseStore : ILeaseStore
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConfigRetry = TimeSpan.FromSeconds(1);

    private readonly KubeLeaseOptions _options;
    private readonly KubeClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Waiting _waiting;
    private readonly Outage _outage;

    /// <summary>From the watch to the keeper: the own node as last seen, null for its end. What is not read yet is overwritten.</summary>
    private readonly Channel<KubeNode?> _sightings = Channel.CreateBounded<KubeNode?>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private string _nodeName;

    /// <summary>The configuration's text as it was last handed out.</summary>
    private string? _configText;

    /// <summary>What <see cref="AcquireAsync"/> was told and found.</summary>
    private NetworkConfig? _config;
    private KubeNode? _own;

    /// <summary>Makes no connection yet.</summary>
    /// <param name="options">Where everything is.</param>
    /// <param name="progress">Told what is being waited for, and an empty text when it is over.</param>
    /// <param name="time">The clock to wait by.</param>
    /// <param name="loggers">Told of outages, obstacles and nodes that are no leases, each once.</param>
    /// <exception cref="StoreException">The credentials cannot be read.</exception>
    public KubeLeaseStore(KubeLeaseOptions options, IProgress<string> progress, TimeProvider time, ILoggerFactory loggers)
    {
        (_options, _nodeName, _time, _logger) = (options, options.NodeName, time, loggers.CreateLogger<KubeLeaseStore>());
        _client = new KubeClient(options.Api with { Annotations = new KubeAnnotationFilter(options.Annotations.Prefix) });
        _waiting = new Waiting(_client, FindNodeAsync, progress, time, _logger);
        _outage = new Outage(_logger, "the API server");
    }

    public bool Allocates => false;

    /// <remarks>A file that cannot be read, or makes no sense, is waited for. Nothing but the file is looked at.</remarks>
    public async Task<string> GetConfigAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                _configText = await File.ReadAllTextAsync(_options.ConfigPath, cancellationToken);
                NetworkConfig.ParseAssigned(_configText);
                _waiting.End();
                return _configText;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                await _waiting.TellAsync(Obstacle.NoConfig(_options.ConfigPath, e.Message), cancellationToken);
            }
            catch (ConfigException e)
            {
                await _waiting.TellAsync(Obstacle.BadConfig(_options.ConfigPath, e.Message), cancellationToken);
            }

            await Task.Delay(ConfigRetry, _time, cancellationToken);
        }
    }

    public async Task<string?> ReadConfigAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(_options.ConfigPath, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"failed to read net conf: {e.Message}", isTransient: false, e);
        }
    }

    public async Task<IReadOnlyList<Lease>> ListAsync(CancellationToken cancellationToken)
    {
        var nodes = new NodeTable(new NodeLease(_options.Annotations), _logger);
        await foreach (var (type, node) in _client.ListNodesAsync(fromCache: true, cancellationToken: cancellationToken))
        {
            if (type == KubeNodeEventType.Listed)
            {
                nodes.AddListed(node);
            }
        }

        return nodes.EndList().Leases;
    }

    public async Task KeepAsync(Lease own, ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken)
    {
        var node = _own ?? throw new InvalidOperationException("a lease is kept after it was acquired");
        await new NodeKeeper(_client, _options.Annotations, node, own, _options.ClearsNetworkUnavailable, _outage, _time, _logger)
            .RunAsync(_sightings.Reader, updates, cancellationToken);
    }

    public void Reconnect() => _client.Reconnect();

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Our node is '{Node}', the one of the pod {Pod}")]
        public static partial void NodeFound(ILogger logger, string node, string pod);

        [LoggerMessage(LogLevel.Information, "The node '{Node}' has the pod network {Key}")]
        public static partial void Found(ILogger logger, string node, LeaseKey key);

        [LoggerMessage(LogLevel.Warning, "The annotation {Name} '{Text}' is not an address, so it is ignored")]
        public static partial void BadAddress(ILogger logger, string name, string text);

        [LoggerMessage(LogLevel.Information, "The leases of all nodes are read, {Count} in all")]
        public static partial void Listed(ILogger logger, int count);
    }
}
