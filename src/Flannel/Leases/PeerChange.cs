namespace Flannel.Leases;

/// <summary>
/// What changed for one accepted peer: it appeared or has other attributes (<paramref name="Lease"/>), or it is gone (null). The lease carries only the families that
/// the network uses; <paramref name="Key"/> is the whole key of the store.
/// </summary>
public readonly record struct PeerChange(LeaseKey Key, Lease? Lease);
