using System.Globalization;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The veth pair between the host and one container. It is born with its other end in the container, down there until it has its addresses.</summary>
internal static class PodPair
{
    private const int Attempts = 10;

    /// <summary>Makes the pair; returns the host's end, up and not yet a port.</summary>
    /// <exception cref="CniException">The container has such an interface already.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public static Link Make(RtnetlinkSocket host, VethPeer peer, int mtu)
    {
        for (var attempt = 1; ; attempt++)
        {
            var name = RandomName();
            try
            {
                host.Execute(new RtnetlinkRequest(RequestVerb.Add, new Link { Name = name, Kind = "veth", IsUp = true, Mtu = mtu, Peer = peer }));
                Sysctl.TryWrite($"net/ipv6/conf/{name}/accept_ra", "0");
                return host.GetLink(name) ?? throw new CniException(CniException.Internal, $"failed to lookup \"{name}\": Link not found");
            }
            catch (NetlinkException exists) when (exists.Errno == Errnos.EEXIST)
            {
                // One of the two names is taken, and the kernel does not say which.
                var isOurs = host.GetLink(name) is not null;
                if (attempt == Attempts || !isOurs && !RemoveUnfinished(peer))
                {
                    throw new CniException(
                        CniException.Internal, $"container veth name (\"{peer.Name}\") peer provided (\"{name}\") already exists", RemedyFor(peer), exists);
                }
            }
        }
    }

    /// <summary>What makes the host's end a port: requests to be sent together.</summary>
    public static IEnumerable<RtnetlinkRequest> Connect(Link port, Link bridge, BridgeConfig config)
    {
        yield return Set(new LinkChange { Index = port.Index, Master = bridge.Index });
        if (config.HairpinMode || config.PortIsolation)
        {
            yield return Set(new LinkChange { Index = port.Index, Hairpin = config.HairpinMode, Isolated = config.PortIsolation });
        }

        foreach (var request in PortVlans.Join(port.Index, bridge, config))
        {
            yield return request;
        }
    }

    // An interface that was never brought up is what a call that was killed left behind: addresses and IFF_UP come in one system call.
    private static bool RemoveUnfinished(VethPeer peer) => peer.Netns is { } pod && pod.Run(() =>
    {
        using var netlink = new RtnetlinkSocket();
        if (netlink.GetLink(peer.Name) is not { Kind: "veth", IsUp: false } left)
        {
            return false;
        }

        netlink.Execute(new RtnetlinkRequest(RequestVerb.Delete, left));
        return true;
    });

    private static string? RemedyFor(VethPeer peer) => peer.Netns is null ? null : $"the container has an interface {peer.Name}: DEL removes it";

    private static RtnetlinkRequest Set(LinkChange change) => new(RequestVerb.Set, change);

    // Eight digits at random, as the standard plugins name theirs; udev and NetworkManager leave such devices alone.
    private static string RandomName()
    {
#pragma warning disable CA5394 // a name is no secret
        return string.Create(CultureInfo.InvariantCulture, $"veth{Random.Shared.NextInt64(1L << 32):x8}");
#pragma warning restore CA5394
    }
}
