using Flannel.Config;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// The leases of the store and which of them are peers. A lease is accepted when <see cref="PeerRules"/> has nothing against it and no peer accepted earlier has its
/// addresses or its public address; what fails is logged once, counted, and looked at again when the peer it conflicts with changes or leaves. Our own lease is never
/// a peer. One change costs the same with ten peers as with ten thousand; only a snapshot is read in full.
/// </summary>
public sealed partial class LeaseTable
{
    private readonly Lock _lock = new();
    private readonly LeaseKey _ownKey;
    private readonly PeerRules _rules;
    private readonly ILogger _logger;
    private readonly Dictionary<LeaseKey, PeerEntry> _entries = [];
    private readonly AcceptedPeers _accepted = new();
    private LeaseAttributes _own;
    private long _arrivals;

    /// <param name="own">Our lease.</param>
    /// <param name="config">The network all leases are cut from.</param>
    /// <param name="backendType">What peers publish as <see cref="LeaseAttributes.BackendType"/>; leases of another type are ignored.</param>
    /// <param name="backendCheck">The backend's own word on a lease: a reason against it, or null.</param>
    /// <param name="logger">Told of each rejected lease once.</param>
    public LeaseTable(Lease own, NetworkConfig config, string backendType, Func<Lease, string?> backendCheck, ILogger logger)
    {
        (_ownKey, _own) = (own.Key, own.Attributes);
        _rules = new PeerRules(config, backendType, backendCheck);
        _logger = logger;
    }

    /// <summary>How many peers are accepted.</summary>
    public int PeerCount
    {
        get
        {
            lock (_lock)
            {
                return _accepted.Count;
            }
        }
    }

    public int RejectedCount
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count - _accepted.Count;
            }
        }
    }

    /// <summary>The leases that are not acted upon, with reasons, in no order.</summary>
    public IReadOnlyList<LeaseRejection> ListRejected()
    {
        lock (_lock)
        {
            return [.. _entries.Values.Where(entry => entry.Reason is not null).Select(entry => new LeaseRejection(entry.Stored, entry.Reason!))];
        }
    }

    /// <summary>Takes over one step of the store's watch.</summary>
    /// <returns>The peers that appeared, disappeared or changed their attributes, in the order to act upon; a renewal is no change.</returns>
    public IReadOnlyList<PeerChange> Apply(LeaseChange change)
    {
        lock (_lock)
        {
            var changes = new List<PeerChange>();
            switch (change)
            {
                case LeaseChange.Snapshot snapshot:
                    ApplySnapshot(snapshot.Leases, changes);
                    break;
                case LeaseChange.Put put:
                    ApplyPut(put.Lease, changes);
                    break;
                case LeaseChange.Removed removed:
                    ApplyRemoved(removed.Key, changes);
                    break;
            }

            return changes;
        }
    }

    /// <summary>Our public address or other attributes changed: every lease is looked at again.</summary>
    public IReadOnlyList<PeerChange> ApplyOwn(LeaseAttributes own)
    {
        lock (_lock)
        {
            _own = own;
            var changes = new List<PeerChange>();

            // Peers that now conflict with us go first; what they kept out has its chance then.
            foreach (var entry in _entries.Values.OrderBy(entry => entry.Reason is not null).ToList())
            {
                Replace(entry, entry.Stored, changes);
            }

            return changes;
        }
    }

    private void ApplySnapshot(IReadOnlyList<Lease> leases, List<PeerChange> changes)
    {
        var present = new HashSet<LeaseKey>(leases.Count);
        foreach (var lease in leases)
        {
            present.Add(lease.Key);
        }

        foreach (var gone in _entries.Values.Where(entry => !present.Contains(entry.Stored.Key)).ToList())
        {
            ApplyRemoved(gone.Stored.Key, changes);
        }

        // Tables that grow by themselves end up to twice as large.
        _entries.EnsureCapacity(leases.Count);
        _accepted.EnsureCapacity(leases.Count);
        foreach (var lease in leases)
        {
            ApplyPut(lease, changes);
        }
    }

    private void ApplyPut(Lease lease, List<PeerChange> changes)
    {
        if (lease.Key == _ownKey)
        {
            return;
        }

        if (!_entries.TryGetValue(lease.Key, out var entry))
        {
            entry = _entries[lease.Key] = new PeerEntry(lease, _arrivals++);
            Accept(entry, changes);
        }
        else if (entry.Stored.Attributes == lease.Attributes)
        {
            entry.Stored = lease;
        }
        else
        {
            Replace(entry, lease, changes);
        }
    }

    private void ApplyRemoved(LeaseKey key, List<PeerChange> changes)
    {
        if (!_entries.Remove(key, out var entry))
        {
            return;
        }

        if (entry.Reason is null)
        {
            _accepted.Remove(entry);
            changes.Add(new PeerChange(key, null));
        }

        StopWaiting(entry);
        Reconsider(entry, changes);
    }
}
