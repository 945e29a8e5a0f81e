using System.Net;
using Flannel.Linux;

namespace Flannel.Reconcile;

/// <summary>An ARP or ND entry: the gateway address of a peer's subnet and the MAC of the peer's device.</summary>
public sealed record NeighbourObject(string DeviceName, IPAddress Address, MacAddress Mac) : KernelObject
{
    /// <summary>False for an entry that the kernel resolves or ages by itself.</summary>
    public bool IsPermanent { get; init; } = true;

    public override ObjectKey Key => new(ObjectKind.Neighbour, DeviceName, Cidr.Host(Address), default);

    public override string Device => DeviceName;

    public override string RemovalText => $"ip neigh delete {Address} dev {DeviceName}";

    public override string ToString() => $"ip neigh replace {Address} lladdr {Mac} dev {DeviceName} nud {(IsPermanent ? "permanent" : "reachable")}";
}
