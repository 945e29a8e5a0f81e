namespace Flannel.Reconcile;

/// <summary>
/// All entries by key and the queue of those to look at. Claims are first come, first served: when two owners want different things under one key, the later waits
/// until the earlier gives it up. Not thread-safe: the reconciler's loop owns it.
/// </summary>
internal sealed class ObjectTable
{
    // Tens of thousands of entries, and their keys are large: each is kept once, in its entry.
    private readonly HashSet<Entry> _entries = new(new EntryComparer());
    private readonly HashSet<Entry>.AlternateLookup<ObjectKey> _byKey;
    private readonly Dictionary<object, Owner> _owners = [];
    private List<Entry> _queue = [];

    public ObjectTable() => _byKey = _entries.GetAlternateLookup<ObjectKey>();

    public IEnumerable<Entry> Entries => _entries;

    public int QueueLength => _queue.Count;

    /// <summary>Whether anybody wants something under the key.</summary>
    public bool IsWanted(ObjectKey key) => _byKey.TryGetValue(key, out var entry) && entry.Wanted is not null;

    public Entry? Find(ObjectKey key) => _byKey.TryGetValue(key, out var entry) ? entry : null;

    /// <summary>What one owner asks for.</summary>
    public IReadOnlyList<KernelObject> ObjectsOf(object ownerKey) => _owners.GetValueOrDefault(ownerKey)?.Objects ?? [];

    /// <summary>Replaces all that one owner asks for; costs as much as that owner has objects.</summary>
    /// <returns>Claims that have to wait, with the owner that holds the key.</returns>
    public IReadOnlyList<(KernelObject Wanted, object Holder)> Want(object ownerKey, IReadOnlyList<KernelObject> objects)
    {
        if (!_owners.TryGetValue(ownerKey, out var owner))
        {
            if (objects.Count == 0)
            {
                return [];
            }

            _owners[ownerKey] = owner = new Owner(ownerKey);
        }

        var before = owner.Objects;
        owner.Objects = objects;
        List<(KernelObject, object)>? waiting = null;
        foreach (var wanted in objects)
        {
            if (Claim(owner, wanted) is { } holder)
            {
                (waiting ??= []).Add((wanted, holder));
            }
        }

        foreach (var old in before)
        {
            if (!objects.Any(o => o.Key == old.Key))
            {
                Release(owner, old.Key);
            }
        }

        if (objects.Count == 0)
        {
            _owners.Remove(ownerKey);
        }

        return waiting ?? (IReadOnlyList<(KernelObject, object)>)[];
    }

    /// <summary>The entry to note something found in the kernel on.</summary>
    public Entry Observe(ObjectKey key) => Get(key);

    /// <summary>Queues an entry unless it is; drops it when nothing is known of it any more.</summary>
    public void Touch(Entry entry)
    {
        if (entry.IsUnused)
        {
            _entries.Remove(entry);
        }
        else if (!entry.IsQueued && !entry.Agrees)
        {
            entry.IsQueued = true;
            _queue.Add(entry);
        }
        else if (entry.Agrees)
        {
            entry.WasSettled = entry.IsInPlace;
        }
    }

    /// <summary>Takes all queued entries.</summary>
    public List<Entry> TakeQueue()
    {
        var taken = _queue;
        _queue = [];
        foreach (var entry in taken)
        {
            entry.IsQueued = false;
        }

        return taken;
    }

    /// <summary>Forgets what is present everywhere, before a new listing.</summary>
    public void ForgetPresent()
    {
        foreach (var entry in _entries)
        {
            entry.Present = null;
            entry.Others = null;
        }
    }

    /// <summary>Queues everything that does not agree, after a new listing.</summary>
    public void TouchAll()
    {
        foreach (var entry in _entries.ToArray())
        {
            Touch(entry);
        }
    }

    private object? Claim(Owner owner, KernelObject wanted)
    {
        var entry = Get(wanted.Key);
        if (entry.Owner is { } holder && holder != owner)
        {
            entry.Rivals ??= [];
            entry.Rivals.RemoveAll(r => r.Owner == owner);
            entry.Rivals.Add((owner, wanted));
            return holder.Key;
        }

        entry.Owner = owner;
        SetWanted(entry, wanted);
        return null;
    }

    private void Release(Owner owner, ObjectKey key)
    {
        if (!_byKey.TryGetValue(key, out var entry))
        {
            return;
        }

        if (entry.Owner != owner)
        {
            entry.Rivals?.RemoveAll(r => r.Owner == owner);
        }
        else if (entry.Rivals is { Count: > 0 } rivals)
        {
            (entry.Owner, var next) = rivals[0];
            rivals.RemoveAt(0);
            SetWanted(entry, next);
        }
        else
        {
            entry.Owner = null;
            SetWanted(entry, null);
        }

        if (entry.Rivals is { Count: 0 })
        {
            entry.Rivals = null;
        }
    }

    private void SetWanted(Entry entry, KernelObject? wanted)
    {
        if (wanted is not null && wanted.Equals(entry.Wanted))
        {
            return;
        }

        entry.Wanted = wanted;
        entry.WasSettled = false;
        entry.Trouble = null;
        Touch(entry);
    }

    private Entry Get(ObjectKey key)
    {
        if (!_byKey.TryGetValue(key, out var entry))
        {
            _entries.Add(entry = new Entry(key));
        }

        return entry;
    }

    /// <summary>Entries are found by their keys, and compared by them.</summary>
    private sealed class EntryComparer : IEqualityComparer<Entry>, IAlternateEqualityComparer<ObjectKey, Entry>
    {
        public Entry Create(ObjectKey alternate) => new(alternate);

        public bool Equals(ObjectKey alternate, Entry other) => alternate == other.Key;

        public int GetHashCode(ObjectKey alternate) => alternate.GetHashCode();

        public bool Equals(Entry? x, Entry? y) => ReferenceEquals(x, y) || (x is not null && y is not null && x.Key == y.Key);

        public int GetHashCode(Entry obj) => obj.Key.GetHashCode();
    }
}
