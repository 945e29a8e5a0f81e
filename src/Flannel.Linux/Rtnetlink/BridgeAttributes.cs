namespace Flannel.Linux.Rtnetlink;

/// <summary>The options of a bridge (IFLA_BR_*), as in <c>ip link add … type bridge …</c>.</summary>
public sealed record BridgeAttributes
{
    /// <summary>IFLA_BR_VLAN_FILTERING: frames pass only between ports of the same VLAN.</summary>
    public bool VlanFiltering { get; init; }

    /// <summary>IFLA_BR_VLAN_DEFAULT_PVID: the VLAN that a new port belongs to, 0 for none. Null in a request leaves the kernel's, which is 1.</summary>
    public int? DefaultVlan { get; init; }
}
