using Flannel.Daemon.Options;
using Flannel.Leases;
using Flannel.Stores;
using Flannel.Stores.Etcd;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>The store that the options name.</summary>
internal static class LeaseStores
{
    /// <summary>Opens it without asking it anything yet: a store that is away is waited for later.</summary>
    /// <exception cref="StoreException">The options cannot be used: no endpoint, certificates that cannot be read.</exception>
    public static KeyedLeaseStore Open(StoreOptions options, TimeSpan renewMargin, TimeProvider time, ILoggerFactory loggers) => options.Directory.Length > 0
        ? KeyedLeaseStore.InDirectory(options.Directory, renewMargin, time, loggers)
        : KeyedLeaseStore.InEtcd(EtcdOptionsOf(options), options.EtcdPrefix, renewMargin, time, loggers);

    private static EtcdOptions EtcdOptionsOf(StoreOptions options)
    {
        try
        {
            return new EtcdOptions
            {
                Endpoints = EtcdOptions.ParseEndpoints(options.EtcdEndpoints),
                KeyFile = options.EtcdKeyFile,
                CertFile = options.EtcdCertFile,
                CaFile = options.EtcdCaFile,
                Username = options.EtcdUsername,
                Password = options.EtcdPassword,
            };
        }
        catch (FormatException e)
        {
            throw new StoreException(e.Message, isTransient: false, e);
        }
    }
}
