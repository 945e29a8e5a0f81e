using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Reconcile;

namespace Flannel.Backends;

/// <summary>Plain routes through the peers themselves (backends.md §4): all hosts on one layer 2 segment.</summary>
internal sealed class HostGwBackend : Backend
{
    /// <exception cref="ConfigException">The announced address is not the interface's: peers could not use it as a gateway.</exception>
    public HostGwBackend(NetworkConfig config, ExternalInterface external)
        : base(config, external)
    {
        RefuseNat(config.EnableIPv4, external.PublicIPv4, external.LocalIPv4, "--public-ip");
        RefuseNat(config.EnableIPv6, external.PublicIPv6, external.LocalIPv6, "--public-ipv6");
    }

    public override string Type => "host-gw";

    public override int Mtu => External.Mtu;

    public override HostPlan PlanHost(Lease own) => new([], Scope());

    public override IReadOnlyList<KernelObject> PlanPeer(Lease peer)
    {
        var routes = new List<KernelObject>(2);
        foreach (var (subnet, gateway) in Paths(peer))
        {
            routes.Add(new RouteObject(subnet, gateway, External.Name));
        }

        return routes;
    }

    private static void RefuseNat(bool enabled, IPAddress? announced, IPAddress? local, string option)
    {
        if (enabled && !Equals(announced, local))
        {
            throw new ConfigException(
                $"your PublicIP differs from interface IP, meaning that probably you're on a NAT, which is not supported by host-gw backend: {announced} is announced, {local} is on the interface; remove {option}, or use the vxlan backend");
        }
    }
}
