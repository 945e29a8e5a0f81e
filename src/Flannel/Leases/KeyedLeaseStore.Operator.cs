using System.Net;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Stores;

namespace Flannel.Leases;

// What an operator asks of a store. Nothing here waits for a store that is away.
public sealed partial class KeyedLeaseStore
{
    /// <summary>All readable leases with their expiry, which is null for reservations alone.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public async Task<IReadOnlyList<Lease>> ListAsync(CancellationToken cancellationToken) =>
        [.. ReadLeases(await _registry.ListAsync(withExpiry: true, cancellationToken)).Select(stored => stored.Lease)];

    /// <summary>The text of the network configuration, or null when there is none.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public Task<string?> ReadConfigAsync(CancellationToken cancellationToken) => _registry.ReadConfigAsync(cancellationToken);

    /// <summary>Writes the text as it is; whether it is a valid configuration is the caller's to check.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public Task WriteConfigAsync(string text, CancellationToken cancellationToken) => _registry.WriteConfigAsync(text, cancellationToken);

    /// <summary>
    /// Fixes a subnet for the host with a public address: a lease of that host becomes permanent, a free subnet is reserved for it (store-etcd.md §8).
    /// </summary>
    /// <exception cref="StoreException">The subnet does not fit the config, belongs to another host, or the store does not answer.</exception>
    public async Task ReserveAsync(NetworkConfig config, LeaseKey key, IPAddress publicIP, CancellationToken cancellationToken)
    {
        if (!Allocator.Fits(config, key))
        {
            throw new StoreException($"{key} is not a subnet that may be leased: length or range differ from the network configuration", isTransient: false);
        }

        var holder = publicIP.AddressFamily == AddressFamily.InterNetwork
            ? new LeaseAttributes { PublicIP = publicIP }
            : new LeaseAttributes { PublicIPv6 = publicIP };
        await RetryAsync(token => TryReserveAsync(key, holder, token), cancellationToken);
    }

    /// <summary>Makes a reservation a lease again, which ends in 24 hours unless its host renews it. Returns false when there is no such lease.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public Task<bool> ReleaseAsync(LeaseKey key, CancellationToken cancellationToken) => ChangeAsync(
        key,
        async (record, token) => !record.IsPermanent || await _registry.ReplaceAsync(record, record.Value, LeaseTime, token) is not null,
        cancellationToken);

    /// <summary>Removes a lease or reservation at once; a host that is running takes its subnet again. Returns false when there is no such lease.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public Task<bool> DeleteAsync(LeaseKey key, CancellationToken cancellationToken) => ChangeAsync(key, _registry.DeleteAsync, cancellationToken);

    private async Task<bool> TryReserveAsync(LeaseKey key, LeaseAttributes holder, CancellationToken cancellationToken)
    {
        var records = await _registry.ListAsync(withExpiry: false, cancellationToken);
        var own = ReadLeases(records).Find(stored => stored.Lease.Key == key && stored.Lease.Attributes.IsSameHost(holder));
        var taken = records.FirstOrDefault(record => record != own?.Record && LeaseKey.TryParse(record.Name, out var other) && other.Overlaps(key));
        if (taken is not null)
        {
            throw new StoreException($"lease already taken: {taken.Name} belongs to {HolderOf(taken)}", isTransient: false);
        }

        var written = own is null
            ? await _registry.CreateAsync(key.ToString(), LeaseJson.Write(holder), ttl: null, cancellationToken)
            : own.Record.IsPermanent ? own.Record : await _registry.ReplaceAsync(own.Record, own.Record.Value, ttl: null, cancellationToken);
        return written is not null;
    }

    private static string HolderOf(RegistryRecord record) =>
        LeaseJson.TryRead(record.Value, out var attributes, out _) && (attributes.PublicIP ?? attributes.PublicIPv6) is { } address
            ? address.ToString()
            : "an unreadable record";

    /// <summary>Changes the record of a key by compare-and-swap. Returns false when there is none.</summary>
    private async Task<bool> ChangeAsync(LeaseKey key, Func<RegistryRecord, CancellationToken, Task<bool>> change, CancellationToken cancellationToken)
    {
        var exists = false;
        await RetryAsync(
            async token =>
            {
                var records = await _registry.ListAsync(withExpiry: false, token);
                var record = records.FirstOrDefault(record => LeaseKey.TryParse(record.Name, out var name) && name == key);
                exists = record is not null;
                return record is null || await change(record, token);
            },
            cancellationToken);
        return exists;
    }

    private static async Task RetryAsync(Func<CancellationToken, Task<bool>> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await change(cancellationToken))
            {
                return;
            }
        }

        throw new StoreException("no more tries: others keep changing the lease", isTransient: true);
    }
}
