using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfLink;

namespace Flannel.Linux.Rtnetlink;

/// <summary>RTM_*LINK messages: struct ifinfomsg and IFLA_* attributes.</summary>
internal static partial class LinkCodec
{
    public static void Write(MessageBuffer buffer, ushort type, ushort flags, uint sequence, Link link)
    {
        var delete = type == LinuxRtnetlink.RTM_DELLINK;
        var header = new ifinfomsg { ifi_index = link.Index };
        if (!delete)
        {
            header.ifi_flags = (link.IsUp ? IFF_UP : 0) | (link.IsPromiscuous ? IFF_PROMISC : 0);
            header.ifi_change = IFF_UP | (link.IsPromiscuous ? IFF_PROMISC : 0);
        }

        buffer.Begin(type, flags, sequence, in header);
        if (link.Index == 0 || !delete)
        {
            buffer.Put(IFLA_IFNAME, link.Name);
        }

        if (!delete)
        {
            WriteAttributes(buffer, link);
        }

        buffer.End();
    }

    public static void Write(MessageBuffer buffer, ushort flags, uint sequence, LinkChange change)
    {
        var header = new ifinfomsg
        {
            ifi_index = change.Index,
            ifi_flags = (change.Up == true ? IFF_UP : 0) | (change.Promiscuous == true ? IFF_PROMISC : 0),
            ifi_change = (change.Up is null ? 0 : IFF_UP) | (change.Promiscuous is null ? 0 : IFF_PROMISC),
        };
        buffer.Begin(LinuxRtnetlink.RTM_NEWLINK, flags, sequence, in header);
        WriteCommon(buffer, change.Name, change.Mtu, change.Mac, change.Master);
        if (change.VxlanLearning is { } learning)
        {
            var info = buffer.BeginNested(IFLA_LINKINFO);
            buffer.Put(IFLA_INFO_KIND, "vxlan");
            var data = buffer.BeginNested(IFLA_INFO_DATA);
            buffer.Put(IFLA_VXLAN_LEARNING, learning);
            buffer.EndNested(data);
            buffer.EndNested(info);
        }

        WritePort(buffer, change);
        buffer.End();
    }

    /// <summary>A request for one device: by index, or by name when the index is 0. The statistics, most of an answer, are left out.</summary>
    public static void WriteGet(MessageBuffer buffer, ushort flags, uint sequence, int index, string? name)
    {
        buffer.Begin(LinuxRtnetlink.RTM_GETLINK, flags, sequence, new ifinfomsg { ifi_index = index });
        if (name is not null)
        {
            buffer.Put(IFLA_IFNAME, name);
        }

        buffer.Put(IFLA_EXT_MASK, LinuxRtnetlink.RTEXT_FILTER_SKIP_STATS);
        buffer.End();
    }

    private static void WriteAttributes(MessageBuffer buffer, Link link)
    {
        WriteCommon(buffer, null, link.Mtu == 0 ? null : link.Mtu, link.Mac, link.Master == 0 ? null : link.Master);
        if (link.Kind is null)
        {
            return;
        }

        var info = buffer.BeginNested(IFLA_LINKINFO);
        buffer.Put(IFLA_INFO_KIND, link.Kind);
        WriteData(buffer, link);
        buffer.EndNested(info);
    }

    private static void WriteData(MessageBuffer buffer, Link link)
    {
        if (link is { Vxlan: null, Bridge: null, Peer: null })
        {
            return;
        }

        var data = buffer.BeginNested(IFLA_INFO_DATA);
        if (link.Vxlan is { } vxlan)
        {
            WriteVxlan(buffer, vxlan);
        }
        else if (link.Bridge is { } bridge)
        {
            WriteBridge(buffer, bridge);
        }
        else if (link.Peer is { } peer)
        {
            WritePeer(buffer, peer);
        }

        buffer.EndNested(data);
    }

    private static void WriteCommon(MessageBuffer buffer, string? name, int? mtu, MacAddress? mac, int? master)
    {
        if (name is not null)
        {
            buffer.Put(IFLA_IFNAME, name);
        }

        if (mtu is not null)
        {
            buffer.Put(IFLA_MTU, mtu.Value);
        }

        if (mac is not null)
        {
            buffer.Put(IFLA_ADDRESS, mac.Value);
        }

        if (master is not null)
        {
            buffer.Put(IFLA_MASTER, master.Value);
        }
    }
}
