namespace Flannel.Stores.Etcd;

/// <summary>An etcd lease: keys put with <see cref="Id"/> end with it. The server may grant more time than asked for, never less.</summary>
public readonly record struct EtcdGrant(long Id, TimeSpan TimeToLive);
