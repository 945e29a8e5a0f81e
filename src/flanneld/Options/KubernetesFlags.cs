namespace Flannel.Daemon.Options;

/// <summary>The flags of the Kubernetes store.</summary>
internal sealed class KubernetesFlags(FlagSet flags)
{
    private readonly ValueFlag<bool> _enabled =
        flags.Boolean("kube-subnet-mgr", false, "use the Kubernetes API as the store instead of etcd");

    private readonly ValueFlag<string> _apiUrl =
        flags.String("kube-api-url", "", "URL of the Kubernetes API server; not needed inside a cluster");

    private readonly ValueFlag<string> _kubeconfigFile =
        flags.String("kubeconfig-file", "", "kubeconfig file to reach the API server with; not needed inside a cluster");

    private readonly ValueFlag<string> _annotationPrefix =
        flags.String("kube-annotation-prefix", "flannel.alpha.coreos.com", "prefix of the node annotations that carry leases");

    private readonly ValueFlag<string> _netConfigPath =
        flags.String("net-config-path", "/etc/kube-flannel/net-conf.json", "network config file when Kubernetes is the store");

    private readonly ValueFlag<bool> _setNodeNetworkUnavailable =
        flags.Boolean("set-node-network-unavailable", true, "set the node condition NetworkUnavailable to false once the network is up");

    public KubernetesOptions Read() => new()
    {
        Enabled = _enabled.Value,
        ApiUrl = _apiUrl.Value,
        KubeconfigFile = _kubeconfigFile.Value,
        AnnotationPrefix = _annotationPrefix.Value,
        NetConfigPath = _netConfigPath.Value,
        SetNodeNetworkUnavailable = _setNodeNetworkUnavailable.Value,
    };
}
