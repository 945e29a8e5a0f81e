using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxIfBridge;
using static Flannel.Linux.Interop.LinuxIfLink;

namespace Flannel.Linux.Rtnetlink;

// IFLA_INFO_DATA of a veth pair and of a bridge.
internal static partial class LinkCodec
{
    // The other end has a header and attributes like a message of its own. IFF_UP cannot be asked for: the kernel would open it before it has its partner (ENOTCONN).
    private static void WritePeer(MessageBuffer buffer, VethPeer peer)
    {
        var end = buffer.BeginNested(VETH_INFO_PEER);
        buffer.PutHeader(default(ifinfomsg));
        WriteCommon(buffer, peer.Name, peer.Mtu == 0 ? null : peer.Mtu, peer.Mac, null);
        if (peer.Netns is { } netns)
        {
            buffer.Put(IFLA_NET_NS_FD, netns.Descriptor);
        }

        buffer.EndNested(end);
    }

    private static void WriteBridge(MessageBuffer buffer, BridgeAttributes bridge)
    {
        buffer.Put(IFLA_BR_VLAN_FILTERING, bridge.VlanFiltering);
        if (bridge.DefaultVlan is { } vlan)
        {
            buffer.Put(IFLA_BR_VLAN_DEFAULT_PVID, checked((ushort)vlan));
        }
    }

    private static BridgeAttributes ReadBridge(Attributes data)
    {
        var bridge = new BridgeAttributes();
        foreach (var attribute in data)
        {
            bridge = attribute.Type switch
            {
                IFLA_BR_VLAN_FILTERING => bridge with { VlanFiltering = attribute.Boolean },
                IFLA_BR_VLAN_DEFAULT_PVID => bridge with { DefaultVlan = attribute.UInt16 },
                _ => bridge,
            };
        }

        return bridge;
    }

    // As a port is changed by its device: ip link set … type bridge_slave.
    private static void WritePort(MessageBuffer buffer, LinkChange change)
    {
        if (change is { Hairpin: null, Isolated: null })
        {
            return;
        }

        var info = buffer.BeginNested(IFLA_LINKINFO);
        buffer.Put(IFLA_INFO_SLAVE_KIND, "bridge");
        var data = buffer.BeginNested(IFLA_INFO_SLAVE_DATA);
        if (change.Hairpin is { } hairpin)
        {
            buffer.Put(IFLA_BRPORT_MODE, hairpin);
        }

        if (change.Isolated is { } isolated)
        {
            buffer.Put(IFLA_BRPORT_ISOLATED, isolated);
        }

        buffer.EndNested(data);
        buffer.EndNested(info);
    }
}
