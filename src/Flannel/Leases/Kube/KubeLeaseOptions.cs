using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

/// <summary>How a daemon finds itself and its configuration in a cluster.</summary>
public sealed record KubeLeaseOptions
{
    /// <summary>The API server and who we are.</summary>
    public required KubeOptions Api { get; init; }

    public required NodeAnnotations Annotations { get; init; }

    /// <summary>The file with the network configuration, as a rule mounted from a ConfigMap.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>Our node; empty where it has to be asked of our pod, or is not needed.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Our pod, which tells our node where <see cref="NodeName"/> is empty.</summary>
    public string PodName { get; init; } = "";

    public string PodNamespace { get; init; } = "";

    /// <summary>Clear the node's condition NetworkUnavailable once the network is up.</summary>
    public bool ClearsNetworkUnavailable { get; init; } = true;
}
