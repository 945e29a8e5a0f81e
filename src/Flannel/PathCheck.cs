using System.Net;
using Flannel.Backends;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Microsoft.Extensions.Logging;

namespace Flannel;

/// <summary>
/// Compares the packets of a tunnel with what the kernel knows of the ways to the peers: an MTU in a route, a smaller device, the word of a router. Sends nothing. A
/// packet that is too large is fragmented or lost on the way, and nobody tells the container that sent it.
/// </summary>
/// <param name="socket">For looking at routes and devices.</param>
/// <param name="logger">Told of the narrowest way, and again when one is narrower still.</param>
public sealed partial class PathCheck(RtnetlinkSocket socket, ILogger logger)
{
    private readonly Lock _lock = new();
    private int _narrowest = int.MaxValue;

    /// <summary>Looks at the ways to some peers.</summary>
    public void Look(IEnumerable<PathDemand> demands)
    {
        lock (_lock)
        {
            var deviceMtus = new Dictionary<int, int?>();
            (PathDemand Demand, int Mtu)? worst = null;
            var count = 0;
            foreach (var demand in demands)
            {
                if (MtuTo(demand.Peer, deviceMtus) is not { } mtu || mtu >= demand.Packet)
                {
                    continue;
                }

                count++;
                worst = worst is { } other && other.Mtu - other.Demand.Excess <= mtu - demand.Excess ? worst : (demand, mtu);
            }

            if (worst is { } found && found.Mtu - found.Demand.Excess < _narrowest)
            {
                _narrowest = found.Mtu - found.Demand.Excess;
                Log.Narrow(logger, found.Demand.Peer, found.Mtu, found.Demand.Packet, count - 1, _narrowest);
            }
        }
    }

    /// <summary>Packets or ways are others now: what was said may be said again.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _narrowest = int.MaxValue;
        }
    }

    /// <summary>The largest packet for the way to an address; null where there is no way at all, which is not a matter of size.</summary>
    private int? MtuTo(IPAddress address, Dictionary<int, int?> deviceMtus)
    {
        Route route;
        try
        {
            route = socket.GetRoute(address);
        }
        catch (NetlinkException)
        {
            return null;
        }

        if (route.Mtu is { } known)
        {
            return known;
        }

        if (!deviceMtus.TryGetValue(route.LinkIndex, out var mtu))
        {
            mtu = deviceMtus[route.LinkIndex] = socket.GetLink(route.LinkIndex)?.Mtu;
        }

        return mtu;
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "the way to the peer {Peer} takes packets of {Mtu} bytes, ours have up to {Packet} ({Others} more peers behind such ways): large packets of containers are " +
            "fragmented or lost. Set \"MTU\": {Value} in Backend of the network config and restart flanneld on all hosts")]
        public static partial void Narrow(ILogger logger, IPAddress peer, int mtu, int packet, int others, int value);
    }
}
