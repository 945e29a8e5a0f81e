using System.Net;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>Brings up a container's loopback device, whatever interface was asked for. Equal to the standard plugin <c>loopback</c>.</summary>
public sealed class LoopbackPlugin : CniPlugin
{
    private const string Device = "lo";

    public override string Name => "loopback";

    /// <summary>A previous result is passed on as it is.</summary>
    /// <exception cref="CniException">The device has an address that is none of the loopback network.</exception>
    public override CniResult Add(CniCall call)
    {
        using var pod = PodNamespace.Open(call.Netns);
        var addresses = pod.Run(BringUp);
        return call.Config.PreviousResult ?? new CniResult
        {
            Interfaces = [new(Device) { Mac = "00:00:00:00:00:00", Sandbox = call.Netns }],
            Ips = [.. FirstOfEachFamily(addresses)],
        };
    }

    public override void Delete(CniCall call) => PodNamespace.TryRun(call.Netns, static () =>
    {
        using var netlink = new RtnetlinkSocket();
        Set(netlink, Look(netlink), up: false);
    });

    public override void Check(CniCall call)
    {
        using var pod = PodNamespace.Open(call.Netns);
        if (!pod.Run(static () => IsUp()))
        {
            throw new CniException(CniException.Internal, "loopback interface is down");
        }
    }

    private static bool IsUp()
    {
        using var netlink = new RtnetlinkSocket();
        return Look(netlink).IsUp;
    }

    private static IReadOnlyList<InterfaceAddress> BringUp()
    {
        using var netlink = new RtnetlinkSocket();
        var link = Look(netlink);
        Set(netlink, link, up: true);
        var addresses = netlink.ListAddresses(link.Index);
        foreach (var address in addresses)
        {
            if (!IPAddress.IsLoopback(address.Address.Address))
            {
                throw new CniException(CniException.Internal, $"loopback interface found with non-loopback address \"{address.Address.Address}\"");
            }
        }

        return addresses;
    }

    private static IEnumerable<CniAddress> FirstOfEachFamily(IReadOnlyList<InterfaceAddress> addresses)
    {
        foreach (var isIPv6 in (bool[])[false, true])
        {
            if (addresses.FirstOrDefault(address => address.Address.IsIPv6 == isIPv6) is { } first)
            {
                yield return new CniAddress(first.Address) { Interface = 0 };
            }
        }
    }

    private static Link Look(RtnetlinkSocket netlink) =>
        netlink.GetLink(Device) ?? throw new CniException(CniException.Internal, $"failed to lookup \"{Device}\": Link not found");

    private static void Set(RtnetlinkSocket netlink, Link link, bool up) =>
        netlink.Execute(new RtnetlinkRequest(RequestVerb.Set, new LinkChange { Index = link.Index, Up = up }));
}
