using Flannel.Linux.Rtnetlink;

namespace Flannel.Reconcile;

/// <summary>One request to the kernel and the entry that it serves.</summary>
internal readonly record struct Step(Entry Entry, KernelObject Subject, bool IsRemoval, RtnetlinkRequest Request)
{
    /// <summary>Mends what was in place before.</summary>
    public bool IsRepair { get; init; }
}
