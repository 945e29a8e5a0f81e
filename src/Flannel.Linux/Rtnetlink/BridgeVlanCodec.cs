using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfBridge;

namespace Flannel.Linux.Rtnetlink;

/// <summary>RTM_SETLINK and RTM_DELLINK messages of family AF_BRIDGE: struct ifinfomsg and IFLA_AF_SPEC with IFLA_BRIDGE_VLAN_INFO.</summary>
internal static class BridgeVlanCodec
{
    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, BridgeVlan vlan)
    {
        buffer.Begin(type, flags, sequence, new ifinfomsg { ifi_family = LinuxRtnetlink.AF_BRIDGE, ifi_index = vlan.LinkIndex });
        var specification = buffer.BeginNested(LinuxIfLink.IFLA_AF_SPEC);
        buffer.Put(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_MASTER);
        var options = (ushort)((vlan.IsPvid ? BRIDGE_VLAN_INFO_PVID : 0) | (vlan.IsUntagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0));
        if (vlan.First == vlan.Last)
        {
            Put(buffer, options, vlan.First);
        }
        else
        {
            Put(buffer, (ushort)(options | BRIDGE_VLAN_INFO_RANGE_BEGIN), vlan.First);
            Put(buffer, (ushort)(options | BRIDGE_VLAN_INFO_RANGE_END), vlan.Last);
        }

        buffer.EndNested(specification);
        buffer.End();
    }

    private static void Put(MessageBuffer buffer, ushort options, int id)
    {
        var vlan = new bridge_vlan_info { flags = options, vid = checked((ushort)id) };
        MemoryMarshal.Write(buffer.Reserve(IFLA_BRIDGE_VLAN_INFO, Unsafe.SizeOf<bridge_vlan_info>()), in vlan);
    }
}
