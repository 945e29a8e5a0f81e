using Flannel.Config;
using Flannel.Linux;

namespace Flannel.Reconcile;

/// <summary>What this host itself needs, and the part of the kernel's state that the reconciler answers for.</summary>
public sealed record HostPlan(IReadOnlyList<KernelObject> Objects, KernelScope Scope);

/// <summary>
/// The boundary of what is ours. Objects outside it are neither looked at nor touched.
/// </summary>
public sealed record KernelScope
{
    /// <summary>Nothing is ours: a backend that programs no kernel.</summary>
    public static KernelScope None { get; } = new() { ExternalDevice = "", OwnDevices = [], Networks = [] };

    /// <summary>The device that carries traffic between hosts.</summary>
    public required string ExternalDevice { get; init; }

    /// <summary>Tunnel devices of ours: every permanent neighbour and fdb entry on them is ours.</summary>
    public required IReadOnlyList<string> OwnDevices { get; init; }

    /// <summary>The cluster networks. Routes into them are looked at.</summary>
    public required IReadOnlyList<SubnetRange> Networks { get; init; }

    /// <summary>Whether routes that the original flannel left (protocol boot) through the external device are taken for ours.</summary>
    public bool AdoptsRoutes { get; init; } = true;

    /// <summary>Whether a route anywhere may change how a peer is reached.</summary>
    public bool FollowsRoutes { get; init; }

    public bool IsOwnDevice(string device)
    {
        foreach (var own in OwnDevices)
        {
            if (own == device)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The network a destination lies in; null when it is none of our business.</summary>
    public SubnetRange? NetworkOf(Cidr destination)
    {
        foreach (var candidate in Networks)
        {
            if (candidate.Network.Contains(destination))
            {
                return candidate;
            }
        }

        return null;
    }
}
