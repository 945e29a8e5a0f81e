namespace Flannel.Leases;

/// <summary>One foreign lease in the <see cref="LeaseTable"/>: accepted (<see cref="Peer"/>) or rejected (<see cref="Reason"/>).</summary>
internal sealed class PeerEntry(Lease stored, long number)
{
    /// <summary>Ascending in the order of arrival.</summary>
    public long Number { get; } = number;

    /// <summary>The lease as the store has it.</summary>
    public Lease Stored { get; set; } = stored;

    /// <summary>The lease as it is acted upon; null while rejected.</summary>
    public Lease? Peer { get; set; }

    /// <summary>Why it is rejected; null while accepted.</summary>
    public string? Reason { get; set; }

    /// <summary>The accepted lease that keeps this one out, if that is the reason.</summary>
    public PeerEntry? Conflict { get; set; }

    /// <summary>The leases this one keeps out; null for one that never did.</summary>
    public HashSet<PeerEntry>? Waiting { get; set; }
}
