namespace Flannel.Stores.Etcd;

/// <summary>A key was put, or deleted; then <see cref="Item"/> has no value.</summary>
public sealed record EtcdEvent(bool IsDelete, EtcdKeyValue Item)
{
    internal static EtcdEvent From(Protocol.Event change) => new(change.Type == Protocol.Event.Types.EventType.Delete, EtcdKeyValue.From(change.Kv));
}
