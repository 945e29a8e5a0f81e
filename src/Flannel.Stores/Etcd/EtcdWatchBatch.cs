namespace Flannel.Stores.Etcd;

/// <summary>Events in the order of the store. All up to and including <see cref="Revision"/> have been delivered: a new watch continues with the next.</summary>
public sealed record EtcdWatchBatch(IReadOnlyList<EtcdEvent> Events, long Revision);
