using Flannel.Stores.Etcd.Protocol;

namespace Flannel.Stores.Etcd;

/// <summary>The procedures of etcd's v3 API that are used here.</summary>
internal static class EtcdMethods
{
    public static readonly GrpcMethod<RangeResponse> Range = new("/etcdserverpb.KV/Range", RangeResponse.Parser);
    public static readonly GrpcMethod<PutResponse> Put = new("/etcdserverpb.KV/Put", PutResponse.Parser);
    public static readonly GrpcMethod<DeleteRangeResponse> DeleteRange = new("/etcdserverpb.KV/DeleteRange", DeleteRangeResponse.Parser);
    public static readonly GrpcMethod<TxnResponse> Txn = new("/etcdserverpb.KV/Txn", TxnResponse.Parser);
    public static readonly GrpcMethod<CompactionResponse> Compact = new("/etcdserverpb.KV/Compact", CompactionResponse.Parser);
    public static readonly GrpcMethod<WatchResponse> Watch = new("/etcdserverpb.Watch/Watch", WatchResponse.Parser);
    public static readonly GrpcMethod<LeaseGrantResponse> LeaseGrant = new("/etcdserverpb.Lease/LeaseGrant", LeaseGrantResponse.Parser);
    public static readonly GrpcMethod<LeaseRevokeResponse> LeaseRevoke = new("/etcdserverpb.Lease/LeaseRevoke", LeaseRevokeResponse.Parser);
    public static readonly GrpcMethod<LeaseTimeToLiveResponse> LeaseTimeToLive = new("/etcdserverpb.Lease/LeaseTimeToLive", LeaseTimeToLiveResponse.Parser);
    public static readonly GrpcMethod<AuthenticateResponse> Authenticate = new("/etcdserverpb.Auth/Authenticate", AuthenticateResponse.Parser);
}
