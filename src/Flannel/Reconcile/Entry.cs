namespace Flannel.Reconcile;

/// <summary>What is wanted and what is present under one key.</summary>
internal sealed class Entry(ObjectKey key)
{
    public ObjectKey Key { get; } = key;

    /// <summary>Null: nobody wants it.</summary>
    public KernelObject? Wanted { get; set; }

    /// <summary>Who wants it; its first claimant while several do.</summary>
    public Owner? Owner { get; set; }

    /// <summary>What the kernel has, by its own account; null: nothing.</summary>
    public KernelObject? Present { get; set; }

    /// <summary>Further objects that the kernel keeps under the same key: appended routes, second destinations of an fdb entry. Rarely any.</summary>
    public List<KernelObject>? Others { get; set; }

    /// <summary>Claims of other owners on the same key, in order of arrival. Rarely any.</summary>
    public List<(Owner Owner, KernelObject Wanted)>? Rivals { get; set; }

    /// <summary>Failures and repairs; null for an entry that never had either.</summary>
    public Trouble? Trouble { get; set; }

    /// <summary>In the queue of keys to look at.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Wanted and present did agree since <see cref="Wanted"/> last changed: a later difference was made from outside.</summary>
    public bool WasSettled { get; set; }

    public bool IsUnused => Wanted is null && Present is null && Others is null && Rivals is null;

    public bool Agrees => Wanted is null ? Present is null : Present is not null && Wanted.IsMetBy(Present) && (Others is null || IsServedByOthers);

    /// <summary>What is wanted is there itself.</summary>
    public bool IsInPlace => Agrees && !IsServedByOthers;

    /// <summary>A blackhole is wanted only while no other route serves the destination: it is gone, and they may be several.</summary>
    private bool IsServedByOthers => IsBlackhole(Wanted) && Present is not null && !IsBlackhole(Present) && Others?.Exists(IsBlackhole) != true;

    /// <summary>Notes an object that the kernel has. One that replaces takes the first place, as the kernel's own replacement does.</summary>
    public void Add(KernelObject found, bool replaces)
    {
        // Thousands of objects are as they should be: one instance serves as wanted and present.
        var seen = Wanted is not null && Wanted.Equals(found) ? Wanted : found;
        if (Present is null || replaces || seen.Equals(Present) || !CanStandBeside(seen, Present))
        {
            Present = seen;
            Others?.Remove(seen);
        }
        else if (Others?.Contains(seen) != true)
        {
            (Others ??= []).Add(seen);
        }

        TrimOthers();
    }

    /// <summary>Notes that the kernel removed an object.</summary>
    public void Remove(KernelObject gone)
    {
        if (Others?.Remove(gone) != true)
        {
            Present = Others is { Count: > 0 } ? Others[0] : null;
            if (Present is not null)
            {
                Others!.RemoveAt(0);
            }
        }

        TrimOthers();
    }

    private static bool IsBlackhole(KernelObject? route) => route is RouteObject { IsBlackhole: true };

    private void TrimOthers()
    {
        if (Others is { Count: 0 })
        {
            Others = null;
        }
    }

    /// <summary>Routes to one destination and destinations of one MAC can be several; everything else has one state at a time.</summary>
    private static bool CanStandBeside(KernelObject found, KernelObject present) => (found, present) switch
    {
        (RouteObject a, RouteObject b) => a with { Protocol = b.Protocol } != b,
        (FdbObject a, FdbObject b) => !a.Remote.Equals(b.Remote),
        _ => false,
    };
}

/// <summary>Who asks for objects: the host itself or one peer.</summary>
internal sealed class Owner(object key)
{
    public object Key { get; } = key;

    public IReadOnlyList<KernelObject> Objects { get; set; } = [];
}

/// <summary>What went wrong with one key, and when to look again.</summary>
internal sealed class Trouble
{
    /// <summary>The last error that was reported; null while there is none.</summary>
    public Exception? Error { get; set; }

    public int Failures { get; set; }

    /// <summary>Repairs in a row, without a quiet time between them.</summary>
    public int Repairs { get; set; }

    /// <summary>Timestamp of the time provider.</summary>
    public long LastRepair { get; set; }

    /// <summary>Timestamp of the time provider before which the key is left alone; 0: none.</summary>
    public long RetryAt { get; set; }
}
