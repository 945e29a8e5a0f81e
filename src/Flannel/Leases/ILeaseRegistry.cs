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

    /// <summary>Makes a record that must not exist yet; without <paramref name="ttl"/> it is permanent. Null: the name exists already.</summary>
    Task<RegistryRecord?> CreateAsync(string name, string value, TimeSpan? ttl, CancellationToken cancellationToken);

    /// <summary>Compare-and-swap on <see cref="RegistryRecord.Version"/>; without <paramref name="ttl"/> it becomes permanent. Null: changed or gone meanwhile.</summary>
    Task<RegistryRecord?> ReplaceAsync(RegistryRecord current, string value, TimeSpan? ttl, CancellationToken cancellationToken);

    /// <summary>Compare-and-delete on <see cref="RegistryRecord.Version"/>. False: changed or gone meanwhile.</summary>
    Task<bool> DeleteAsync(RegistryRecord current, CancellationToken cancellationToken);

    /// <summary>
    /// The records of one name, or of all when null: first a snapshot, then changes in order. It survives transient faults by itself, reconnecting with backoff and
    /// logging an outage once, and gives a new snapshot where history was lost. Ends only with the token.
    /// </summary>
    IAsyncEnumerable<RegistryChange> WatchAsync(string? name, CancellationToken cancellationToken);
}
