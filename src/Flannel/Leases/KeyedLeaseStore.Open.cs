using Flannel.Stores.Etcd;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

public sealed partial class KeyedLeaseStore
{
    /// <summary>The store of one machine. Nothing is asked of the directory yet.</summary>
    /// <param name="directory">Shared by the daemons; made when it is missing.</param>
    /// <param name="renewMargin">How long before its end a lease is renewed; less than <see cref="LeaseTime"/>.</param>
    /// <param name="time">The clock that leases run by.</param>
    /// <param name="loggers">Told of outages, lost leases and unparsable records, each once.</param>
    public static KeyedLeaseStore InDirectory(string directory, TimeSpan renewMargin, TimeProvider time, ILoggerFactory loggers) =>
        new(new DirectoryRegistry(directory, time, loggers.CreateLogger<DirectoryRegistry>()), renewMargin, time, loggers.CreateLogger<KeyedLeaseStore>());

    /// <summary>The store of many machines. No connection is made yet.</summary>
    /// <param name="etcd">Where etcd is and how to prove who we are.</param>
    /// <param name="prefix">Root of all keys.</param>
    /// <param name="renewMargin">How long before its end a lease is renewed; less than <see cref="LeaseTime"/>.</param>
    /// <param name="time">The clock that leases run by.</param>
    /// <param name="loggers">Told of outages, lost leases and unparsable records, each once.</param>
    /// <exception cref="Stores.StoreException">A certificate or key file cannot be used.</exception>
    public static KeyedLeaseStore InEtcd(EtcdOptions etcd, string prefix, TimeSpan renewMargin, TimeProvider time, ILoggerFactory loggers) => new(
        new EtcdRegistry(new EtcdClient(etcd), prefix, time, loggers.CreateLogger<EtcdRegistry>()), renewMargin, time, loggers.CreateLogger<KeyedLeaseStore>());
}
