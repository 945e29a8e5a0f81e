using Flannel.Config;
using Flannel.Leases;
using Flannel.Reconcile;

namespace Flannel.Backends;

/// <summary>Lease only (backends.md §9): an external router moves the packets.</summary>
internal sealed class AllocBackend(NetworkConfig config, ExternalInterface external) : Backend(config, external)
{
    public override string Type => "";

    public override int Mtu => External.Mtu;

    public override bool HasPeers => false;

    public override HostPlan PlanHost(Lease own) => new([], Scope() with { AdoptsRoutes = false });

    public override IReadOnlyList<KernelObject> PlanPeer(Lease peer) => [];
}
