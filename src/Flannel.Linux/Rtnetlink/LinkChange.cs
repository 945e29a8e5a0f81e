namespace Flannel.Linux.Rtnetlink;

/// <summary>What to change about a device, as in <c>ip link set</c>. A property that is null is left as it is.</summary>
public sealed record LinkChange
{
    /// <summary>ifi_index of the device.</summary>
    public required int Index { get; init; }

    /// <summary>IFF_UP.</summary>
    public bool? Up { get; init; }

    /// <summary>IFF_PROMISC.</summary>
    public bool? Promiscuous { get; init; }

    /// <summary>IFLA_MTU in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>IFLA_ADDRESS.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>IFLA_MASTER: index of the bridge to join, 0 to leave.</summary>
    public int? Master { get; init; }

    /// <summary>IFLA_BRPORT_MODE: the bridge sends frames back through the port they came from. Only for a port.</summary>
    public bool? Hairpin { get; init; }

    /// <summary>IFLA_BRPORT_ISOLATED: no frames between this and other isolated ports. Only for a port.</summary>
    public bool? Isolated { get; init; }

    /// <summary>IFLA_IFNAME: the new name.</summary>
    public string? Name { get; init; }

    /// <summary>IFLA_VXLAN_LEARNING; only for a vxlan device.</summary>
    public bool? VxlanLearning { get; init; }
}
