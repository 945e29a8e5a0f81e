using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

/// <summary>linux/if_bridge.h, and the one number of linux/veth.h.</summary>
internal static class LinuxIfBridge
{
    public const ushort VETH_INFO_PEER = 1; // linux/veth.h

    public const ushort IFLA_BRIDGE_FLAGS = 0;
    public const ushort IFLA_BRIDGE_VLAN_INFO = 2;

    public const ushort BRIDGE_FLAGS_MASTER = 1;

    public const ushort BRIDGE_VLAN_INFO_PVID = 1 << 1;
    public const ushort BRIDGE_VLAN_INFO_UNTAGGED = 1 << 2;
    public const ushort BRIDGE_VLAN_INFO_RANGE_BEGIN = 1 << 3;
    public const ushort BRIDGE_VLAN_INFO_RANGE_END = 1 << 4;
}

// struct bridge_vlan_info { __u16 flags; __u16 vid; };
[StructLayout(LayoutKind.Sequential)]
internal struct bridge_vlan_info
{
    public ushort flags;
    public ushort vid;
}
