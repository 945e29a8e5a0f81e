namespace Flannel.Stores.Etcd;

/// <summary>One key as etcd has it.</summary>
/// <param name="Key">The key as UTF-8; bytes that are none are replaced.</param>
/// <param name="Value">The value, in memory of its own.</param>
/// <param name="ModRevision">The revision of its last change: what a compare-and-swap compares.</param>
/// <param name="LeaseId">The etcd lease that ends it; 0 if permanent.</param>
public sealed record EtcdKeyValue(string Key, ReadOnlyMemory<byte> Value, long ModRevision, long LeaseId)
{
    internal static EtcdKeyValue From(Protocol.KeyValue kv) => new(kv.Key.ToStringUtf8(), kv.Value.Memory, kv.ModRevision, kv.Lease);
}
