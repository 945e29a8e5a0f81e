namespace Flannel.Leases;

/// <summary>All records of a registry at one moment.</summary>
/// <param name="Records">By name.</param>
/// <param name="Revision">The moment in the registry's own history; 0 where it keeps none.</param>
internal sealed record RegistrySnapshot(IReadOnlyList<RegistryRecord> Records, long Revision);
