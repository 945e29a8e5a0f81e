using System.Net;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Stores;
using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

// What leads to the own lease. Each step waits for as long as it takes, and says for what.
public sealed partial class KubeLeaseStore
{
    public async Task<AnnouncedAddresses> FindAnnouncedAsync(CancellationToken cancellationToken)
    {
        var node = await PatientlyAsync(GetOwnAsync, cancellationToken);
        return new AnnouncedAddresses(
            AddressOf(node, _options.Annotations.NodePublicIP, AddressFamily.InterNetwork),
            AddressOf(node, _options.Annotations.NodePublicIPv6, AddressFamily.InterNetworkV6));
    }

    /// <remarks>The node says who we are; the public address does not matter.</remarks>
    public async Task<LeaseAttributes?> FindOwnAsync(LeaseAttributes identity, CancellationToken cancellationToken)
    {
        var node = await PatientlyAsync(GetOwnAsync, cancellationToken);
        return new NodeLease(_options.Annotations).TryRead(node.Annotations, out var attributes, out _) ? attributes : null;
    }

    /// <remarks>The subnet is the cluster's choice; <paramref name="previous"/> does not matter.</remarks>
    /// <exception cref="ConfigChangedException">The configuration did not fit the node, and has changed meanwhile.</exception>
    public async Task<Lease> AcquireAsync(NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, CancellationToken cancellationToken)
    {
        _config = config;
        var lease = await PatientlyAsync(token => TryAcquireAsync(config, attributes, token), cancellationToken);
        Log.Found(_logger, _nodeName, lease.Key);
        return lease;
    }

    private async Task<Attempt<Lease>> TryAcquireAsync(NetworkConfig config, LeaseAttributes attributes, CancellationToken cancellationToken)
    {
        var (node, fault) = await GetOwnAsync(cancellationToken);
        if (node is null)
        {
            return new(null, fault);
        }

        // The original looks at podCIDR first, even where podCIDRs has all there is to know.
        if (node.PodCidr is not { Length: > 0 })
        {
            return new(null, Obstacle.NoPodCidr($"node \"{node.Name}\" pod cidr not assigned"));
        }

        if (!PodNetworks.TryRead(node, isOwn: true, out var networks, out var reason))
        {
            return new(null, Obstacle.NoPodCidr(reason));
        }

        _own = NodePatch.Annotate(node.Annotations, attributes, _options.Annotations) is { } patch
            ? await _client.PatchNodeStatusAsync(node.Name, patch, cancellationToken)
            : node;
        if (Obstacle.OfNetworks(config, networks, node.Name) is { } obstacle)
        {
            return new(null, obstacle);
        }

        return new(new Lease(new LeaseKey(config.EnableIPv4 ? networks.IPv4 : default, config.EnableIPv6 ? networks.IPv6 : default), attributes), null);
    }

    private async Task<Attempt<KubeNode>> GetOwnAsync(CancellationToken cancellationToken)
    {
        _own = await _client.GetNodeAsync(await FindNodeAsync(cancellationToken), KubeClient.AnyVersion, cancellationToken);
        return new(_own, null);
    }

    private async Task<string> FindNodeAsync(CancellationToken cancellationToken) =>
        _nodeName.Length > 0 ? _nodeName : _nodeName = await AskPodAsync(cancellationToken);

    private async Task<string> AskPodAsync(CancellationToken cancellationToken)
    {
        var pod = $"{_options.PodNamespace}/{_options.PodName}";
        try
        {
            var node = await _client.GetPodNodeNameAsync(_options.PodNamespace, _options.PodName, cancellationToken);
            if (string.IsNullOrEmpty(node))
            {
                throw new StoreException($"node name not present in pod spec '{pod}'", isTransient: false);
            }

            Log.NodeFound(_logger, node, pod);
            return node;
        }
        catch (KubeException e) when (Obstacle.Of(e, _nodeName) is null)
        {
            throw new StoreException($"error retrieving pod spec for '{pod}': {e.Message}", isTransient: false, e);
        }
    }

    /// <summary>Tries until there is no obstacle any more. Between tries it waits for word of the own node, but not without end.</summary>
    private async Task<T> PatientlyAsync<T>(Func<CancellationToken, Task<Attempt<T>>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        var backoff = new Backoff(FirstWait, LongestWait, _time);
        while (true)
        {
            var pause = backoff.Next();
            try
            {
                var (answer, obstacle) = await attempt(cancellationToken);
                if (answer is not null)
                {
                    _waiting.End();
                    return answer;
                }

                await _waiting.TellAsync(obstacle!, cancellationToken);
                await AwaitChangeAsync(pause, cancellationToken);
                continue;
            }
            catch (KubeException e) when (Obstacle.Of(e, _nodeName) is { } obstacle)
            {
                await _waiting.TellAsync(obstacle, cancellationToken);
                // On top of it: those who were all told the same must not all come back at the same moment.
                pause += e.RetryAfter ?? TimeSpan.Zero;
            }

            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    /// <summary>Waits until the own node or the configuration changes; at most for a time, since neither may be the cause.</summary>
    private async Task AwaitChangeAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(most, _time, end.Token);
        var change = AwaitOwnAsync(_own!, end.Token);
        while (!timer.IsCompleted && !change.IsCompleted)
        {
            await Task.WhenAny(timer, change, Task.Delay(ConfigRetry, _time, end.Token));
            if (_configText is not null && await ReadConfigOrNullAsync(end.Token) is { } text && text != _configText)
            {
                await end.CancelAsync();
                await change;
                throw new ConfigChangedException();
            }
        }

        await end.CancelAsync();
        await change;
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Ends with the next change of the node, with the token, or with a fault, which the next try will name.</summary>
    private async Task AwaitOwnAsync(KubeNode node, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in _client.WatchNodesAsync(node.ResourceVersion, node.Name, cancellationToken))
            {
                if (change.Type != KubeNodeEventType.Bookmark)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            // The timer beside it paces the tries.
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> ReadConfigOrNullAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadConfigAsync(cancellationToken);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            return null;
        }
    }

    private IPAddress? AddressOf(KubeNode node, string name, AddressFamily family)
    {
        var address = NodeLease.ReadAddress(node.Annotations, name, family);
        if (address is null && node.Annotations.GetValueOrDefault(name) is { Length: > 0 } text)
        {
            Log.BadAddress(_logger, name, text.Cut(64));
        }

        return address;
    }

    /// <summary>An answer, or what is in its way.</summary>
    private readonly record struct Attempt<T>(T? Answer, Obstacle? Obstacle)
        where T : class;
}
