using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The bridge itself: made when it is not there, never removed.</summary>
internal static class BridgeDevice
{
    /// <summary>The bridge, up. One that is there keeps its MTU and its VLAN filtering.</summary>
    /// <exception cref="CniException">The name is that of another kind of device.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public static Link Ensure(RtnetlinkSocket host, BridgeConfig config)
    {
        var bridge = host.GetLink(config.Bridge) ?? Make(host, config);
        if (bridge.Kind != "bridge")
        {
            throw new CniException(CniException.Internal, $"failed to create bridge \"{config.Bridge}\": \"{config.Bridge}\" already exists but is not a bridge");
        }

        // The routes of this device are ours to say.
        Sysctl.TryWrite($"net/ipv6/conf/{config.Bridge}/accept_ra", "0");
        if (!bridge.IsUp || config.PromiscuousMode && !bridge.IsPromiscuous)
        {
            var change = new LinkChange { Index = bridge.Index, Up = true, Promiscuous = config.PromiscuousMode ? true : null };
            host.Execute(new RtnetlinkRequest(RequestVerb.Set, change));
        }

        return bridge;
    }

    private static Link Make(RtnetlinkSocket host, BridgeConfig config)
    {
        var link = new Link
        {
            Name = config.Bridge,
            Kind = "bridge",
            Mtu = config.Mtu,
            Bridge = config.FiltersVlans ? new BridgeAttributes { VlanFiltering = true } : null,
        };
        try
        {
            host.Execute(new RtnetlinkRequest(RequestVerb.Add, link));
        }
        catch (NetlinkException exists) when (exists.Errno == Errnos.EEXIST)
        {
            // Another container's call was faster.
        }

        return host.GetLink(config.Bridge) ?? throw new CniException(CniException.Internal, $"could not lookup \"{config.Bridge}\": Link not found");
    }
}
