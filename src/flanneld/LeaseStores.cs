using Flannel.Daemon.Options;
using Flannel.Leases;
using Flannel.Stores;
using Flannel.Stores.Etcd;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>The store that the options name.</summary>
internal static partial class LeaseStores
{
    /// <summary>Opens it without asking it anything yet: a store that is away is waited for later.</summary>
    /// <exception cref="StoreException">The options cannot be used: no endpoint, certificates that cannot be read.</exception>
    public static KeyedLeaseStore Open(StoreOptions options, TimeSpan renewMargin, TimeProvider time, ILoggerFactory loggers)
    {
        if (options.Directory.Length > 0)
        {
            return KeyedLeaseStore.InDirectory(options.Directory, renewMargin, time, loggers);
        }

        WarnOfHalfACertificate(options, loggers.CreateLogger(typeof(LeaseStores)));
        return KeyedLeaseStore.InEtcd(EtcdOptionsOf(options), options.EtcdPrefix, renewMargin, time, loggers);
    }

    // As with the original, one file without the other is no fault, but hardly what was meant.
    private static void WarnOfHalfACertificate(StoreOptions options, ILogger logger)
    {
        if (options.EtcdKeyFile.Length > 0 && options.EtcdCertFile.Length == 0)
        {
            Log.HalfACertificate(logger, "etcd-keyfile", "etcd-certfile");
        }
        else if (options.EtcdCertFile.Length > 0 && options.EtcdKeyFile.Length == 0)
        {
            Log.HalfACertificate(logger, "etcd-certfile", "etcd-keyfile");
        }
    }

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

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Given} is given without {Missing}: etcd is shown no client certificate. Give --{Missing} too, or neither")]
        public static partial void HalfACertificate(ILogger logger, string given, string missing);
    }
}
