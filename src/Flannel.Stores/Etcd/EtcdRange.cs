namespace Flannel.Stores.Etcd;

/// <summary>What a range of keys held at one revision, in key order.</summary>
public sealed record EtcdRange(IReadOnlyList<EtcdKeyValue> Items, long Revision);
