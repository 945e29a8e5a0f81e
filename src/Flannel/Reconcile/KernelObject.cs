namespace Flannel.Reconcile;

/// <summary>
/// One thing wanted in the kernel, or found there. It names its device (an index changes when a device is made anew), compares by value and prints as the
/// <c>ip</c> or <c>bridge</c> line that would install it.
/// </summary>
public abstract record KernelObject
{
    public abstract ObjectKey Key { get; }

    /// <summary>The device the object lives on; empty for one that needs none.</summary>
    public abstract string Device { get; }

    /// <summary>Whether what the kernel has under the same key serves as this one.</summary>
    public virtual bool IsMetBy(KernelObject present) => Equals(present);

    /// <summary>The line that would remove it.</summary>
    public abstract string RemovalText { get; }
}
