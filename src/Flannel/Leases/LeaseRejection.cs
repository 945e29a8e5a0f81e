namespace Flannel.Leases;

/// <summary>A lease in the store that is not acted upon, and why.</summary>
public sealed record LeaseRejection(Lease Lease, string Reason);
