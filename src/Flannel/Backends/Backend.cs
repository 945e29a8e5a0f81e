using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Reconcile;

namespace Flannel.Backends;

/// <summary>
/// A data plane: what this host publishes, and what its kernel needs for itself and for each peer. All of it pure; a backend lives as long as the facts it was
/// made from, a change of the external interface makes a new one.
/// </summary>
public abstract class Backend(NetworkConfig config, ExternalInterface external)
{
    /// <summary>The type peers must announce too (backends.md §1); empty when none is announced.</summary>
    public abstract string Type { get; }

    /// <summary>MTU for workloads in bytes, for subnet.env.</summary>
    public abstract int Mtu { get; }

    /// <summary>What the own lease carries.</summary>
    public virtual LeaseAttributes Attributes => new()
    {
        PublicIP = Config.EnableIPv4 ? External.PublicIPv4 : null,
        PublicIPv6 = Config.EnableIPv6 ? External.PublicIPv6 : null,
        BackendType = Type,
    };

    /// <summary>Whether peers' plans depend on how the kernel reaches them, and have to be made anew when the underlay changes.</summary>
    public virtual bool FollowsUnderlay => false;

    /// <summary>Whether this host has anything to do for its peers at all.</summary>
    public virtual bool HasPeers => true;

    protected NetworkConfig Config { get; } = config;

    protected ExternalInterface External { get; } = external;

    /// <summary>What this host itself needs.</summary>
    public abstract HostPlan PlanHost(Lease own);

    /// <summary>What one accepted peer needs.</summary>
    public abstract IReadOnlyList<KernelObject> PlanPeer(Lease peer);

    /// <summary>What the ways to a peer must carry; none where packets leave as they are and the kernel answers for their size itself.</summary>
    public virtual IEnumerable<PathDemand> PathDemands(Lease peer) => [];

    /// <summary>Why a peer can not be served, in one sentence; null when it can.</summary>
    public virtual string? Refuse(Lease peer) => null;

    /// <summary>A scope with this network, for the given tunnel devices.</summary>
    protected KernelScope Scope(params IReadOnlyList<string> ownDevices) => new()
    {
        ExternalDevice = External.Name,
        FollowsRoutes = FollowsUnderlay,
        OwnDevices = ownDevices,
        Networks = [.. new[] { Config.IPv4, Config.IPv6 }.OfType<SubnetRange>()],
    };

    /// <summary>The pairs of a peer's subnet and public address, for the families that both sides have.</summary>
    protected IEnumerable<(Cidr Subnet, System.Net.IPAddress Public)> Paths(Lease peer)
    {
        if (Config.EnableIPv4 && !peer.Key.IPv4.IsEmpty && peer.Attributes.PublicIP is { } v4)
        {
            yield return (peer.Key.IPv4, v4);
        }

        if (Config.EnableIPv6 && !peer.Key.IPv6.IsEmpty && peer.Attributes.PublicIPv6 is { } v6)
        {
            yield return (peer.Key.IPv6, v6);
        }
    }
}
