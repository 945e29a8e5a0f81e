using System.Diagnostics.CodeAnalysis;
using Flannel.Linux;
using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

/// <summary>The networks that the cluster has given to the pods of a node: its <c>spec.podCIDRs</c>, in a cluster that does not know of them its <c>spec.podCIDR</c>.</summary>
internal static class PodNetworks
{
    /// <summary>Reads them as a lease's key, one network of each family. Of two in one family the last is our own node's, the first another's, as with every release.</summary>
    /// <param name="node">A whole node, not its metadata alone.</param>
    /// <param name="isOwn">Whether it is ours.</param>
    /// <param name="key">Not empty.</param>
    /// <param name="reason">Why there is none.</param>
    public static bool TryRead(KubeNode node, bool isOwn, out LeaseKey key, [NotNullWhen(false)] out string? reason)
    {
        key = default;
        IReadOnlyList<string> texts = node.PodCidrs.Count > 0 ? node.PodCidrs : node.PodCidr is { Length: > 0 } one ? [one] : [];
        if (texts.Count > 2)
        {
            reason = $"node \"{node.Name}\" pod cidrs should be IPv4/IPv6 only or dualstack";
            return false;
        }

        foreach (var text in isOwn ? texts : texts.Reverse())
        {
            if (!Cidr.TryParse(text, out var network) || network.PrefixLength == 0)
            {
                reason = $"the pod cidr '{text.Cut(64)}' of node \"{node.Name}\" is not a network";
                return false;
            }

            key = network.IsIPv6 ? key with { IPv6 = network.Network } : key with { IPv4 = network.Network };
        }

        reason = key.IsEmpty ? $"node \"{node.Name}\" pod cidr not assigned" : null;
        return reason is null;
    }
}
