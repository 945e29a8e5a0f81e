using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The VLANs of a new port.</summary>
internal static class PortVlans
{
    /// <summary>What a trunk without a VLAN of its own takes untagged frames for.</summary>
    private const int Native = 1;

    /// <summary>What takes a port out of the bridge's default VLAN and into those of the configuration; nothing where there is none.</summary>
    public static IEnumerable<RtnetlinkRequest> Join(int port, Link bridge, BridgeConfig config)
    {
        if (config is { Vlan: 0, Trunk: [] })
        {
            yield break;
        }

        if (!config.PreserveDefaultVlan && bridge.Bridge?.DefaultVlan is > 0 and var given)
        {
            yield return new(RequestVerb.Delete, new BridgeVlan(port, given));
        }

        if (config.Vlan != 0)
        {
            yield return new(RequestVerb.Add, Untagged(port, config.Vlan));
        }

        foreach (var range in config.Trunk)
        {
            yield return new(RequestVerb.Add, new BridgeVlan(port, range.First, range.Last));
        }

        if (config.Vlan == 0)
        {
            yield return new(RequestVerb.Add, Untagged(port, Native));
        }
    }

    private static BridgeVlan Untagged(int port, int vlan) => new(port, vlan) { IsPvid = true, IsUntagged = true };
}
