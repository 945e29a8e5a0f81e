namespace Flannel.Daemon.Options;

/// <summary>Which store holds config and leases, and how to get in.</summary>
internal sealed record StoreOptions
{
    /// <summary>A directory store there instead of etcd; empty for etcd.</summary>
    public required string Directory { get; init; }

    /// <summary>Client URLs with commas between, as given.</summary>
    public required string EtcdEndpoints { get; init; }

    /// <summary>Root of all keys.</summary>
    public required string EtcdPrefix { get; init; }

    /// <summary>Path of the client's PEM key, or empty; likewise the two below.</summary>
    public required string EtcdKeyFile { get; init; }

    public required string EtcdCertFile { get; init; }

    public required string EtcdCaFile { get; init; }

    /// <summary>Empty: no authentication.</summary>
    public required string EtcdUsername { get; init; }

    public required string EtcdPassword { get; init; }

    /// <summary>Without the password: records print themselves.</summary>
    public override string ToString() =>
        Directory.Length > 0 ? $"directory {Directory}" : $"etcd {Redaction.HideUserInfo(EtcdEndpoints)} {EtcdPrefix}";
}
