using Flannel.Leases;
using Xunit;

namespace Flannel.StoreTests.Etcd;

public sealed class EtcdLeaseStoreTests(SharedEtcd etcd) : KeyedLeaseStoreContract, IClassFixture<SharedEtcd>
{
    private readonly string _prefix = etcd.NewPrefix();

    private protected override Task<ILeaseRegistry> ConnectAsync(TimeProvider time) =>
        Task.FromResult<ILeaseRegistry>(new EtcdRegistry(etcd.Server.NewClient(), _prefix, time, Logger));
}
