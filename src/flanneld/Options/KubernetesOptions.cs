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

    /// <summary>Our node, from <c>NODE_NAME</c>; empty where the pod has to be asked.</summary>
    public string NodeName { get; init; } = "";

    /// <summary>Our pod, from <c>POD_NAME</c> and <c>POD_NAMESPACE</c>.</summary>
    public string PodName { get; init; } = "";

    public string PodNamespace { get; init; } = "";

    /// <summary><c>EVENT_QUEUE_DEPTH</c> as given. There is no queue that could fill, but a value that is no number is refused as ever.</summary>
    public string EventQueueDepth { get; init; } = "";

    /// <summary>Clear the node's condition NetworkUnavailable once the network is up.</summary>
    public required bool SetNodeNetworkUnavailable { get; init; }

    /// <summary>These options with what the environment says of the daemon's own place in the cluster.</summary>
    /// <param name="lookup">Gives a variable's text, or null.</param>
    public KubernetesOptions In(Func<string, string?> lookup) => this with
    {
        NodeName = lookup("NODE_NAME") ?? "",
        PodName = lookup("POD_NAME") ?? "",
        PodNamespace = lookup("POD_NAMESPACE") ?? "",
        EventQueueDepth = lookup("EVENT_QUEUE_DEPTH") ?? "",
    };
}
