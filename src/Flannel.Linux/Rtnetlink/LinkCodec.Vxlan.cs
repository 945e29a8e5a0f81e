using System.Net.Sockets;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfLink;

namespace Flannel.Linux.Rtnetlink;

// IFLA_INFO_DATA of a vxlan device.
internal static partial class LinkCodec
{
    private static void WriteVxlan(MessageBuffer buffer, VxlanAttributes vxlan)
    {
        buffer.Put(IFLA_VXLAN_ID, vxlan.Vni);
        if (vxlan.ParentIndex != 0)
        {
            buffer.Put(IFLA_VXLAN_LINK, vxlan.ParentIndex);
        }

        if (vxlan.Local is { } local)
        {
            buffer.Put(local.AddressFamily == AddressFamily.InterNetwork ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local);
        }

        if (vxlan.Group is { } group)
        {
            buffer.Put(group.AddressFamily == AddressFamily.InterNetwork ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6, group);
        }

        if (vxlan.Port != 0)
        {
            buffer.PutBigEndian(IFLA_VXLAN_PORT, checked((ushort)vxlan.Port));
        }

        buffer.Put(IFLA_VXLAN_LEARNING, vxlan.Learning);
        buffer.Put(IFLA_VXLAN_L2MISS, vxlan.L2Miss);
        if (vxlan.Gbp)
        {
            buffer.PutFlag(IFLA_VXLAN_GBP);
        }
    }

    private static VxlanAttributes ReadVxlan(Attributes data)
    {
        var vxlan = new VxlanAttributes { Vni = 0 };
        foreach (var attribute in data)
        {
            vxlan = attribute.Type switch
            {
                IFLA_VXLAN_ID => vxlan with { Vni = attribute.Int32 },
                IFLA_VXLAN_LINK => vxlan with { ParentIndex = attribute.Int32 },
                IFLA_VXLAN_LOCAL or IFLA_VXLAN_LOCAL6 => vxlan with { Local = attribute.Address },
                IFLA_VXLAN_GROUP or IFLA_VXLAN_GROUP6 => vxlan with { Group = attribute.Address },
                IFLA_VXLAN_PORT => vxlan with { Port = attribute.UInt16BigEndian },
                IFLA_VXLAN_LEARNING => vxlan with { Learning = attribute.Boolean },
                IFLA_VXLAN_L2MISS => vxlan with { L2Miss = attribute.Boolean },
                IFLA_VXLAN_GBP => vxlan with { Gbp = true },
                _ => vxlan,
            };
        }

        return vxlan;
    }
}
