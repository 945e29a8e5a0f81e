using Flannel.Config;
using Flannel.Linux;
using Flannel.Stores;
using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

/// <summary>Why a node cannot join yet. The daemon stays up and goes on by itself once the cause is gone.</summary>
/// <param name="Reason">One word for it, as events of Kubernetes have it.</param>
/// <param name="Message">What is missing and, where a person has to act, what to do.</param>
/// <param name="NeedsPerson">Whether it may not pass by itself: it is then told by an event on the node.</param>
internal sealed record Obstacle(string Reason, string Message, bool NeedsPerson)
{
    /// <summary>What a fault of the API server stands for; null for a refusal that no waiting mends.</summary>
    public static Obstacle? Of(KubeException fault, string node) => fault.StatusCode switch
    {
        401 => new("FlannelUnauthorized", $"{fault.Message}. Give flanneld credentials that the API server accepts", NeedsPerson: false),
        403 => new(
            "FlannelForbidden",
            $"{fault.Message}. Grant flanneld's service account: get pods; get, list and watch nodes; patch nodes/status",
            NeedsPerson: true),
        404 when node.Length > 0 => new(
            "FlannelNodeNotFound", $"there is no node \"{node}\" yet: its kubelet registers it. If it never comes, look at NODE_NAME", NeedsPerson: false),
        _ => fault.IsTransient ? new("FlannelApiServerAway", fault.Message, NeedsPerson: false) : null,
    };

    /// <summary>Whether the API server is there and refuses. A token may be renewed, but until then the server is not what is missing.</summary>
    public static bool IsRefusal(StoreException fault) => !fault.IsTransient || fault is KubeException { StatusCode: 401 };

    public static Obstacle NoConfig(string path, string fault) => new(
        "FlannelNetConfMissing",
        $"failed to read net conf: {path}: {fault}. Mount the ConfigMap kube-flannel-cfg, key net-conf.json, there or set --net-config-path",
        NeedsPerson: true);

    public static Obstacle BadConfig(string path, string fault) => new(
        "FlannelNetConfInvalid", $"error parsing subnet config: {path}: {fault}. Mend the key net-conf.json of the ConfigMap kube-flannel-cfg", NeedsPerson: true);

    public static Obstacle NoPodCidr(string reason) => new(
        "FlannelPodCIDRNotAssigned",
        $"{reason}. Start kube-controller-manager with --allocate-node-cidrs and --cluster-cidr set to flannel's network; if it runs so, its range may be used up",
        NeedsPerson: true);

    /// <summary>What is wrong with a node's pod networks under a config (store-kube.md §6.6 and §6.7); null for nothing.</summary>
    public static Obstacle? OfNetworks(NetworkConfig config, LeaseKey networks, string node) =>
        (config.EnableIPv4 ? OfNetwork("IPv4", "", config.IPv4, networks.IPv4, node) : null) ??
        (config.EnableIPv6 ? OfNetwork("IPv6", "IPv6 ", config.IPv6, networks.IPv6, node) : null);

    private static Obstacle? OfNetwork(string family, string word, SubnetRange? range, Cidr network, string node)
    {
        if (network.IsEmpty)
        {
            return NoPodCidr($"{family} is enabled in the flannel net config, but the node \"{node}\" has no {family} pod cidr");
        }

        var wide = range?.Network ?? default;
        return !wide.IsEmpty && wide.PrefixLength > 0 && wide.Contains(network)
            ? null
            : new(
                "FlannelPodCIDROutsideNetwork",
                $"subnet \"{wide}\" specified in the flannel net config doesn't contain \"{network}\" {word}PodCIDR of the \"{node}\" node. " +
                "Make the network in net-conf.json the --cluster-cidr of kube-controller-manager",
                NeedsPerson: true);
    }
}
