namespace Flannel.Leases;

/// <summary>One step of a store's watch. The first is always a <see cref="Snapshot"/>; a later snapshot replaces all that was known.</summary>
public abstract record LeaseChange
{
    private LeaseChange()
    {
    }

    /// <summary>Every lease there is, our own included.</summary>
    public sealed record Snapshot(IReadOnlyList<Lease> Leases) : LeaseChange;

    /// <summary>A lease appeared, was renewed or changed its attributes.</summary>
    public sealed record Put(Lease Lease) : LeaseChange;

    /// <summary>A lease was deleted or expired.</summary>
    public sealed record Removed(LeaseKey Key) : LeaseChange;
}
