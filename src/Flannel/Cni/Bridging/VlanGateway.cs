using System.Globalization;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The host's interface in one VLAN of the bridge, <c>cni0.100</c>: one end of a pair whose other end is a port. It has the gateway's address.</summary>
internal static class VlanGateway
{
    /// <summary>The interface, up; made when it is not there, and finished when a call that made it was killed.</summary>
    public static Link Ensure(RtnetlinkSocket host, Link bridge, BridgeConfig config)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{bridge.Name}.{config.Vlan}");
        var gateway = host.GetLink(name);
        if (gateway is { IsUp: true })
        {
            return gateway;
        }

        if (gateway is null)
        {
            PodPair.Make(host, new VethPeer(name) { Mtu = bridge.Mtu }, bridge.Mtu);
            gateway = host.GetLink(name) ?? throw new CniException(CniException.Internal, $"failed to lookup \"{name}\": Link not found");
        }

        // Up comes last, in one system call with the rest, so what is up is complete.
        var port = host.GetLink(gateway.PeerIndex) ?? throw new CniException(CniException.Internal, $"\"{name}\" is not one end of a veth pair");
        var plain = config with { HairpinMode = false, PortIsolation = false, Trunk = [] };
        host.ExecuteAll([.. PodPair.Connect(port, bridge, plain), new(RequestVerb.Set, new LinkChange { Index = gateway.Index, Up = true })]);
        return gateway;
    }
}
