namespace Flannel.Linux.Rtnetlink;

/// <summary>VLANs that a bridge port belongs to, as in <c>bridge vlan add dev veth1 vid 100-110</c>.</summary>
/// <param name="LinkIndex">The port.</param>
/// <param name="First">1 to 4094.</param>
/// <param name="Last">The same, or the end of a range.</param>
public sealed record BridgeVlan(int LinkIndex, int First, int Last)
{
    /// <summary>A single VLAN.</summary>
    public BridgeVlan(int linkIndex, int id)
        : this(linkIndex, id, id)
    {
    }

    /// <summary>BRIDGE_VLAN_INFO_PVID: frames without a tag are of this VLAN. Not for a range.</summary>
    public bool IsPvid { get; init; }

    /// <summary>BRIDGE_VLAN_INFO_UNTAGGED: frames of this VLAN leave without a tag.</summary>
    public bool IsUntagged { get; init; }
}
