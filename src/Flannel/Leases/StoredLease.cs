namespace Flannel.Leases;

/// <summary>A lease with the record it was read from, for a compare-and-swap on it.</summary>
internal sealed record StoredLease(RegistryRecord Record, Lease Lease);
