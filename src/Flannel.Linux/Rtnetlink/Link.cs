using System.Net;

namespace Flannel.Linux.Rtnetlink;

/// <summary>A network device, as in <c>ip -d link show</c>.</summary>
public sealed record Link
{
    /// <summary>ifi_index; 0 in a request means "by name".</summary>
    public int Index { get; init; }

    /// <summary>IFLA_IFNAME, at most 15 bytes.</summary>
    public required string Name { get; init; }

    /// <summary>IFLA_INFO_KIND such as <c>vxlan</c>, <c>bridge</c>, <c>veth</c>; null for a hardware device and loopback.</summary>
    public string? Kind { get; init; }

    /// <summary>IFF_UP: administratively up.</summary>
    public bool IsUp { get; init; }

    /// <summary>IFF_LOOPBACK.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>IFF_PROMISC: set to take every frame by whoever configured it.</summary>
    public bool IsPromiscuous { get; init; }

    /// <summary>IFLA_OPERSTATE: whether it can pass packets. Only read.</summary>
    public OperationalState OperationalState { get; init; }

    /// <summary>IFLA_MTU in bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>IFLA_ADDRESS where it is an Ethernet address, else null.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>IFLA_MASTER: index of the bridge this port belongs to, or 0.</summary>
    public int Master { get; init; }

    /// <summary>IFLA_INFO_DATA of a vxlan device, else null.</summary>
    public VxlanAttributes? Vxlan { get; init; }

    /// <summary>IFLA_INFO_DATA of a bridge, else null.</summary>
    public BridgeAttributes? Bridge { get; init; }

    /// <summary>IFLA_LINK of one end of a veth pair: the index of the other end in its own namespace; 0 for other devices. Only read.</summary>
    public int PeerIndex { get; init; }

    /// <summary>VETH_INFO_PEER: what the other end of a veth pair is to be. Only in requests.</summary>
    public VethPeer? Peer { get; init; }
}

/// <summary>The options of a vxlan device (IFLA_VXLAN_*), as in <c>ip link add … type vxlan …</c>.</summary>
public sealed record VxlanAttributes
{
    /// <summary>IFLA_VXLAN_ID, 24 bits.</summary>
    public required int Vni { get; init; }

    /// <summary>IFLA_VXLAN_LINK: index of the underlay device, or 0.</summary>
    public int ParentIndex { get; init; }

    /// <summary>IFLA_VXLAN_LOCAL or IFLA_VXLAN_LOCAL6: source address of the outer packets.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>IFLA_VXLAN_GROUP or IFLA_VXLAN_GROUP6: default destination; flannel never sets one.</summary>
    public IPAddress? Group { get; init; }

    /// <summary>IFLA_VXLAN_PORT in host order; 0 leaves the kernel's default, 8472.</summary>
    public int Port { get; init; }

    /// <summary>IFLA_VXLAN_LEARNING.</summary>
    public bool Learning { get; init; }

    /// <summary>IFLA_VXLAN_GBP.</summary>
    public bool Gbp { get; init; }

    /// <summary>IFLA_VXLAN_L2MISS.</summary>
    public bool L2Miss { get; init; }
}
