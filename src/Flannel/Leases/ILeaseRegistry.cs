using Flannel.Stores;

namespace Flannel.Leases;

/// <summary>
/// The key space below one prefix, as etcd or a directory keeps it. It knows names, values, versions and lifetimes; what a lease is, the store above it knows.
/// Every call but <see cref="WatchAsync"/> fails with <see cref="StoreException"/>, transient while the store is away.
/// </summary>
internal interface ILeaseRegistry : IAsyncDisposable
{
    /// <summary>The text of <c>&lt;prefix&gt;/config</c>; null when missing.</summary>
    Task<string?> ReadConfigAsync(CancellationToken cancellationToken);

    /// <summary>Puts <c>&lt;prefix&gt;/config</c>, whether it exists or not.</summary>
    Task WriteConfigAsync(string text, CancellationToken cancellationToken);

    /// <summary>All records below <c>subnets</c>, by name. Expiry costs etcd a query for each lease, so it is given only when asked for.</summary>
    Task<IReadOnlyList<RegistryRecord>> ListAsync(bool withExpiry, CancellationToken cancellationToken);

    /// <summary>All records without expiry, for a decision; what comes after that moment <see cref="ListSinceAsync"/> and <see cref="WatchAsync"/> tell.</summary>
    Task<RegistrySnapshot> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>At least the records that were made or written after a snapshot; all of them where there is no history.</summary>
    Task<IReadOnlyList<RegistryRecord>> ListSinceAsync(RegistrySnapshot snapshot, CancellationToken cancellationToken);

    /// <summary>Makes a record that must not exist yet; without <paramref name="ttl"/> it is permanent. Null: the name exists already.</summary>
    Task<RegistryRecord?> CreateAsync(string name, string value, TimeSpan? ttl, CancellationToken cancellationToken);

    /// <summary>Compare-and-swap on <see cref="RegistryRecord.Version"/>; without <paramref name="ttl"/> it becomes permanent. Null: changed or gone meanwhile.</summary>
    Task<RegistryRecord?> ReplaceAsync(RegistryRecord current, string value, TimeSpan? ttl, CancellationToken cancellationToken);

    /// <summary>Compare-and-delete on <see cref="RegistryRecord.Version"/>. False: changed or gone meanwhile.</summary>
    Task<bool> DeleteAsync(RegistryRecord current, CancellationToken cancellationToken);

    /// <summary>
    /// The records of one name, or of all when null: first a snapshot, then changes in order. It survives transient faults by itself, reconnecting with backoff and
    /// telling <see cref="Outage"/>, and gives a new snapshot where history was lost. Ends only with the token.
    /// </summary>
    /// <param name="name">The only record to follow, or null.</param>
    /// <param name="start">All that was read already, with our own later writes: need not be read again where there is a history to follow it by.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<RegistryChange> WatchAsync(string? name, RegistrySnapshot? start, CancellationToken cancellationToken);

    /// <summary>This host's own addresses changed: connections from the old ones are made anew at once. Changes no answer and loses no change of a watch.</summary>
    void Reconnect();

    /// <summary>For all who wait for the store, so that its absence is told once; null where one call may fail while others do not, and each speaks for itself.</summary>
    Outage? Outage { get; }
}
