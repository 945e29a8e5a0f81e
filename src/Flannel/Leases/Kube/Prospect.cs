using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

/// <summary>What is remembered of a node that has pod networks and is no lease: they never change, so the node need not be asked for when it becomes one.</summary>
/// <param name="Uid">Of the node.</param>
/// <param name="Networks">Empty where they make no sense.</param>
/// <param name="Fault">Why they make none; null when they do.</param>
internal readonly record struct Prospect(string Uid, LeaseKey Networks, string? Fault)
{
    /// <param name="node">A whole one.</param>
    public static Prospect Of(KubeNode node)
    {
        PodNetworks.TryRead(node, isOwn: false, out var networks, out var fault);
        return new Prospect(node.Uid, networks, fault);
    }
}
