using Flannel.Config;
using Flannel.Stores;

namespace Flannel.Leases;

public sealed partial class KeyedLeaseStore
{
    public async Task<Lease> AcquireAsync(NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(200), _time);
        RegistrySnapshot? lost = null;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var (lease, read) = await PatientlyAsync(token => TryAcquireAsync(config, attributes, previous, lost, token), cancellationToken);
            if (lease is not null)
            {
                _begin = read with { Records = [.. read.Records.Where(record => record.Name != _acquired!.Name), _acquired!] };
                return lease;
            }

            lost = read;

            await backoff.WaitAsync(cancellationToken);
        }

        throw new StoreException("max retries reached trying to acquire a subnet", isTransient: false);
    }

    /// <summary>
    /// One attempt, on what was read last: a moment old, it costs at worst a lost race, since every write compares. No lease: another host was faster.
    /// </summary>
    /// <param name="config">What subnets there are.</param>
    /// <param name="attributes">What we publish.</param>
    /// <param name="previous">The subnet to have again, if it is free.</param>
    /// <param name="lost">What was read before the attempt that another host was faster than, if there was one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task<(Lease? Lease, RegistrySnapshot Read)> TryAcquireAsync(
        NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, RegistrySnapshot? lost, CancellationToken cancellationToken)
    {
        var read = Interlocked.Exchange(ref _found, null) ?? await _registry.ReadAllAsync(cancellationToken);
        var ours = ReadLeases(read.Records).FindAll(stored => stored.Lease.Attributes.IsSameHost(attributes));
        if (lost is not null && ours.Find(stored => !lost.Records.Contains(stored.Record)) is { } theirs)
        {
            LogTwin(theirs);
        }

        if (Choose(config, ours, previous) is { } chosen)
        {
            return (await TakeOverAsync(chosen, ours, attributes, cancellationToken), read);
        }

        foreach (var misfit in ours)
        {
            Log.Misfit(_logger, misfit.Lease.Key);
            if (!await _registry.DeleteAsync(misfit.Record, cancellationToken))
            {
                return (null, read);
            }
        }

        var others = ReadKeys(read.Records.Except(ours.Select(stored => stored.Record)));
        return (await CreateAsync(config, attributes, previous, others, read, cancellationToken), read);
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
        _acquired = written;
        return new Lease(chosen.Lease.Key, attributes, written.Expires);
    }

    private async Task<Lease?> CreateAsync(
        NetworkConfig config, LeaseAttributes attributes, LeaseKey previous, List<LeaseKey> others, RegistrySnapshot read, CancellationToken cancellationToken)
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
        var since = await _registry.ListSinceAsync(read, cancellationToken);
        if (ReadKeys(since).Exists(other => other != key && other.Overlaps(key)))
        {
            await _registry.DeleteAsync(record, cancellationToken);
            return null;
        }

        if (ReadLeases(since).Find(stored => stored.Lease.Key != key && stored.Lease.Attributes.IsSameHost(attributes)) is { } theirs)
        {
            LogTwin(theirs);
        }

        LogTaken(config, previous, key, others);
        _acquired = record;
        return new Lease(key, attributes, record.Expires);
    }

    private void LogTwin(StoredLease theirs)
    {
        var attributes = theirs.Lease.Attributes;
        Log.Twin(_logger, theirs.Lease.Key, attributes.PublicIP ?? attributes.PublicIPv6, Twins.Show(attributes));
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
