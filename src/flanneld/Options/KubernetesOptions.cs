namespace Flannel.Daemon.Options;

/// <summary>The options of the Kubernetes store.</summary>
internal sealed record KubernetesOptions
{
    /// <summary>The Kubernetes API is the store; the etcd options then mean nothing.</summary>
    public required bool Enabled { get; init; }

    /// <summary>URL of the API server, or empty; likewise the path below.</summary>
    public required string ApiUrl { get; init; }

    public required string KubeconfigFile { get; init; }

    public required string AnnotationPrefix { get; init; }

    public required string NetConfigPath { get; init; }

    /// <summary>Clear the node's condition NetworkUnavailable once the network is up.</summary>
    public required bool SetNodeNetworkUnavailable { get; init; }
}
