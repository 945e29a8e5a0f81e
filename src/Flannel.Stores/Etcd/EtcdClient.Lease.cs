using Flannel.Stores.Etcd.Protocol;

namespace Flannel.Stores.Etcd;

public sealed partial class EtcdClient
{
    /// <summary>A new etcd lease, in whole seconds, at least one.</summary>
    public async Task<EtcdGrant> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(timeToLive.TotalSeconds));
        var granted = await AskAsync(EtcdMethods.LeaseGrant, new LeaseGrantRequest { Ttl = seconds }, cancellationToken);
        return new EtcdGrant(granted.Id, TimeSpan.FromSeconds(granted.Ttl));
    }

    /// <summary>Ends a lease, and with it the keys that carry it.</summary>
    public Task RevokeAsync(long leaseId, CancellationToken cancellationToken) =>
        AskAsync(EtcdMethods.LeaseRevoke, new LeaseRevokeRequest { Id = leaseId }, cancellationToken);

    /// <summary>What a lease has left; null when it is gone.</summary>
    public async Task<TimeSpan?> GetTimeToLiveAsync(long leaseId, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(EtcdMethods.LeaseTimeToLive, new LeaseTimeToLiveRequest { Id = leaseId }, cancellationToken);
        return answer.Ttl < 0 ? null : TimeSpan.FromSeconds(answer.Ttl);
    }
}
