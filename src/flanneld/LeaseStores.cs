using System.Globalization;
using Flannel.Daemon.Options;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Flannel.Stores;
using Flannel.Stores.Etcd;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>The store that the options name.</summary>
internal static partial class LeaseStores
{
    /// <summary>Opens the Kubernetes API as the store of a daemon, which has to know its node.</summary>
    /// <param name="options">Who we are, and where.</param>
    /// <param name="progress">Told what start-up waits for.</param>
    /// <param name="time">The clock to wait by.</param>
    /// <param name="loggers">For the store's own lines.</param>
    /// <exception cref="StoreException">As with <see cref="Open(KubernetesOptions, IProgress{string}, TimeProvider, ILoggerFactory)"/>, or the environment is not that of a daemon.</exception>
    public static KubeLeaseStore OpenOnNode(KubernetesOptions options, IProgress<string> progress, TimeProvider time, ILoggerFactory loggers)
    {
        if (options.NodeName.Length == 0 && (options.PodName.Length == 0 || options.PodNamespace.Length == 0))
        {
            throw new StoreException("env variables POD_NAME and POD_NAMESPACE must be set, or NODE_NAME instead of both", isTransient: false);
        }

        if (options.EventQueueDepth.Length > 0 && !int.TryParse(options.EventQueueDepth, CultureInfo.InvariantCulture, out _))
        {
            throw new StoreException($"the env variable EVENT_QUEUE_DEPTH is not a number: {GoSyntax.Quote(options.EventQueueDepth)}", isTransient: false);
        }

        return Open(options, progress, time, loggers);
    }

    /// <summary>Opens the Kubernetes API as a store, without asking it anything yet.</summary>
    /// <param name="options">Who we are, and where.</param>
    /// <param name="progress">Told what start-up waits for.</param>
    /// <param name="time">The clock to wait by.</param>
    /// <param name="loggers">For the store's own lines.</param>
    /// <exception cref="StoreException">The options cannot be used: no credentials, a prefix that is none.</exception>
    public static KubeLeaseStore Open(KubernetesOptions options, IProgress<string> progress, TimeProvider time, ILoggerFactory loggers)
    {
        var opened = new KubeLeaseOptions
        {
            Api = ApiOf(options) with { UserAgent = $"flanneld/{ProductVersion.Text}" },
            Annotations = AnnotationsOf(options),
            ConfigPath = options.NetConfigPath,
            NodeName = options.NodeName,
            PodName = options.PodName,
            PodNamespace = options.PodNamespace,
            ClearsNetworkUnavailable = options.SetNodeNetworkUnavailable,
        };
        return new KubeLeaseStore(opened, progress, time, loggers);
    }

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

    private static KubeOptions ApiOf(KubernetesOptions options)
    {
        try
        {
            return options.KubeconfigFile.Length > 0 ? KubeOptions.FromKubeconfig(options.KubeconfigFile, options.ApiUrl)
                : options.ApiUrl.Length > 0 ? KubeOptions.Anonymous(options.ApiUrl)
                : KubeOptions.InCluster();
        }
        catch (StoreException e)
        {
            throw new StoreException($"fail to create kubernetes config: {e.Message}", isTransient: false, e);
        }
    }

    private static NodeAnnotations AnnotationsOf(KubernetesOptions options)
    {
        try
        {
            return NodeAnnotations.Under(options.AnnotationPrefix);
        }
        catch (FormatException e)
        {
            throw new StoreException(e.Message, isTransient: false, e);
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
