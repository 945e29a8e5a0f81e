using System.Threading.Channels;
using Flannel.Config;
using Flannel.Stores;

namespace Flannel.Leases;

/// <summary>
/// Where hosts find each other: etcd, the Kubernetes API or a directory. Backends, reconciler and rules do not know which. Every call takes its token at every wait.
/// </summary>
public interface ILeaseStore : IAsyncDisposable
{
    /// <summary>Whether the hosts cut their subnets from the configured range themselves; else somebody else assigns them, and the range's lengths and bounds mean nothing.</summary>
    bool Allocates { get; }

    /// <summary>The network configuration as text, waiting with backoff, reported once, while the store is away or has none.</summary>
    /// <exception cref="StoreException">A refusal that will repeat (not transient).</exception>
    Task<string> GetConfigAsync(CancellationToken cancellationToken);

    /// <summary>The public addresses that an operator has fixed for this host in the store.</summary>
    Task<AnnouncedAddresses> FindAnnouncedAsync(CancellationToken cancellationToken);

    /// <summary>The attributes this host last published under its public address, if the store still has them; lets a backend keep its MAC or key.</summary>
    Task<LeaseAttributes?> FindOwnAsync(LeaseAttributes identity, CancellationToken cancellationToken);

    /// <summary>Gets this host's subnet: the one it has, else <paramref name="previous"/> if free and legal, else a new one. Lost races are retried.</summary>
    /// <exception cref="StoreException">No subnet is free, or a refusal that will repeat.</exception>
    /// <exception cref="ConfigChangedException">The configuration changed while this waited.</exception>
    Task<Lease> AcquireAsync(NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, CancellationToken cancellationToken);

    /// <summary>
    /// All leases, own included: first a snapshot, then changes in store order. Survives every transient fault by itself, delivering a new snapshot where history was
    /// lost. Unparsable records are skipped one by one. Ends only with the token.
    /// </summary>
    IAsyncEnumerable<LeaseChange> WatchAsync(CancellationToken cancellationToken);

    /// <summary>This host's own addresses changed: connections from the old ones are made anew at once, where there are any. Loses no change of a watch.</summary>
    void Reconnect()
    {
        // A store without connections has nothing to do.
    }

    /// <summary>
    /// Keeps the own lease alive: renews in time, writes each of <paramref name="updates"/> at once, takes the same subnet again when the record vanishes. Runs until cancelled.
    /// </summary>
    /// <exception cref="LeaseLostException">Another host holds the subnet now.</exception>
    Task KeepAsync(Lease own, ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken);

    /// <summary>All readable leases of the moment, for an operator: waits for nothing.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task<IReadOnlyList<Lease>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The text of the network configuration, or null when there is none, for an operator: waits for nothing.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task<string?> ReadConfigAsync(CancellationToken cancellationToken);
}

/// <summary>Our subnet belongs to another host now; running on would number containers twice.</summary>
public sealed class LeaseLostException(string message) : Exception(message);
