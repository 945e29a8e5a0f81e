using Flannel.Config;
using Flannel.Stores;

namespace Flannel.Leases;

public sealed partial class KeyedLeaseStore
{
    public async Task<Lease> AcquireAsync(NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(200), _time);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await PatientlyAsync(token => TryAcquireAsync(config, attributes, previous, token), cancellationToken) is { } lease)
            {
                return lease;
            }

            await backoff.WaitAsync(cancellationToken);
        }

        throw new StoreException("max retries reached trying to acquire a subnet", isTransient: false);
    }

    /// <summary>One attempt. Null: another host was faster.</summary>
    private async Task<Lease?> TryAcquireAsync(NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, CancellationToken cancellationToken)
    {
        var records = await _registry.ListAsync(withExpiry: false, cancellationToken);
        var ours = ReadLeases(records).FindAll(stored => stored.Lease.Attributes.IsSameHost(attributes));
        if (Choose(config, ours, previous) is { } chosen)
        {
            return await TakeOverAsync(chosen, ours, attributes, cancellationToken);
        }

        foreach (var misfit in ours)
        {
            Log.Misfit(_logger, misfit.Lease.Key);
            if (!await _registry.DeleteAsync(misfit.Record, cancellationToken))
            {
                return null;
            }
        }

        var others = ReadKeys(records.Except(ours.Select(stored => stored.Record))).ToList();
        return await CreateAsync(config, attributes, previous, others, cancellationToken);
    }

    /// <summary>Of the leases under our address that fit the config: a reservation, else the subnet we had, else the first.</summary>
    private static StoredLease? Choose(NetworkConfig config, List<StoredLease> ours, LeaseKey previous) => ours
        .Where(stored => Allocator.Fits(config, stored.Lease.Key))
        .OrderBy(stored => stored.Record.IsPermanent ? 0 : stored.Lease.Key == previous ? 1 : 2)
        .FirstOrDefault();

    /// <summary>Writes our attributes to a lease that is ours already. The other leases under our address are given up: a host has one subnet.</summary>
    private async Task<Lease?> TakeOverAsync(StoredLease chosen, List<StoredLease> ours, LeaseAttributes attributes, CancellationToken cancellationToken)
    {
        TimeSpan? ttl = chosen.Record.IsPermanent ? null : LeaseTime;
        if (await _registry.ReplaceAsync(chosen.Record, LeaseJson.Write(attributes), ttl, cancellationToken) is not { } written)
        {
            return null;
        }

        foreach (var stale in ours.Where(stored => stored != chosen && !stored.Record.IsPermanent))
        {
            await _registry.DeleteAsync(stale.Record, cancellationToken);
        }

        Log.Found(_logger, chosen.Lease.Key);
        return new Lease(chosen.Lease.Key, attributes, written.Expires);
    }

    private async Task<Lease?> CreateAsync(
        NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, List<LeaseKey> others, CancellationToken cancellationToken)
    {
        if (Allocator.Allocate(config, others, previous, Random.Shared) is not { } key)
        {
            throw new StoreException("out of subnets", isTransient: false);
        }

        if (await _registry.CreateAsync(key.ToString(), LeaseJson.Write(attributes), LeaseTime, cancellationToken) is not { } record)
        {
            return null;
        }

        // Names differ where only one family collides, so a create alone does not exclude it. Of two hosts that overlap, the later sees the earlier here, and yields.
        var records = await _registry.ListAsync(withExpiry: false, cancellationToken);
        if (ReadKeys(records).Exists(other => other != key && other.Overlaps(key)))
        {
            await _registry.DeleteAsync(record, cancellationToken);
            return null;
        }

        LogTaken(config, previous, key, others);
        return new Lease(key, attributes, record.Expires);
    }

    private void LogTaken(NetworkConfig config, LeaseKey previous, LeaseKey key, List<LeaseKey> others)
    {
        if (previous.IsEmpty)
        {
            Log.Took(_logger, key);
        }
        else if (previous == key)
        {
            Log.TookPrevious(_logger, key);
        }
        else
        {
            var reason = Allocator.Fits(config, previous)
                ? $"belongs to another host now ({others.Find(other => other.Overlaps(previous))})"
                : "does not fit the network configuration";
            Log.Renumbered(_logger, previous, reason, key);
        }
    }
}
