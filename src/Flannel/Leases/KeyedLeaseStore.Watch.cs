using System.Runtime.CompilerServices;

namespace Flannel.Leases;

public sealed partial class KeyedLeaseStore
{
    /// <remarks>A lease whose record becomes unreadable stays as it was last read: one bad write must not cut a peer off. It leaves when its record does.</remarks>
    public async IAsyncEnumerable<LeaseChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, Lease>();
        await foreach (var change in _registry.WatchAsync(name: null, Interlocked.Exchange(ref _begin, null), cancellationToken))
        {
            switch (change)
            {
                case RegistryChange.Snapshot snapshot:
                    known = ReadAll(snapshot.Records, known);
                    yield return new LeaseChange.Snapshot([.. known.Values]);
                    break;
                case RegistryChange.Put put when _bad.Read(put.Record) is { } lease:
                    known[put.Record.Name] = lease;
                    yield return new LeaseChange.Put(lease);
                    break;
                case RegistryChange.Deleted deleted:
                    _bad.Forget(deleted.Name);
                    if (known.Remove(deleted.Name, out var gone))
                    {
                        yield return new LeaseChange.Removed(gone.Key);
                    }

                    break;
            }
        }
    }

    private Dictionary<string, Lease> ReadAll(IReadOnlyList<RegistryRecord> records, Dictionary<string, Lease> known)
    {
        var leases = new Dictionary<string, Lease>(records.Count);
        foreach (var record in records)
        {
            if ((_bad.Read(record) ?? known.GetValueOrDefault(record.Name)) is { } lease)
            {
                leases[record.Name] = lease;
            }
        }

        return leases;
    }
}
