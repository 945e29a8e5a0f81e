using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The gateway's address on the bridge or on its VLAN's interface.</summary>
internal sealed class GatewayAddress(RtnetlinkSocket host, Link device, Func<int> countPods, bool force)
{
    /// <summary>
    /// Adds the address unless it is there. Another one that is in its way, any of IPv4 or an overlapping one of IPv6, goes when that is asked for or when no
    /// container hangs on the bridge any more: the subnet of the host changed.
    /// </summary>
    /// <exception cref="CniException">Another address is in the way and containers still use it.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Ensure(Cidr gateway)
    {
        List<InterfaceAddress> inTheWay = [];
        foreach (var address in host.ListAddresses(device.Index))
        {
            if (address.Address == gateway)
            {
                return;
            }

            if (address.Address.Family == gateway.Family && (!gateway.IsIPv6 || address.Address.Overlaps(gateway)))
            {
                inTheWay.Add(address);
            }
        }

        if (inTheWay.Count > 0 && !force && countPods() is > 0 and var pods)
        {
            throw Conflict(gateway, inTheWay[0].Address, pods);
        }

        Replace(inTheWay, gateway);
    }

    // Its MAC is set to what it is, or else the bridge would take that of one of its ports, and another when that port goes.
    private void Replace(List<InterfaceAddress> old, Cidr gateway)
    {
        List<RtnetlinkRequest> requests = [];
        foreach (var address in old)
        {
            requests.Add(new(RequestVerb.Delete, address));
        }

        requests.Add(new(RequestVerb.Add, BroadcastAddress.On(device.Index, gateway)));
        requests.Add(new(RequestVerb.Set, new LinkChange { Index = device.Index, Mac = device.Mac }));
        var refusals = new NetlinkException?[requests.Count];
        host.Execute(requests, refusals);
        foreach (var refusal in refusals)
        {
            // Another container's call did the same.
            if (refusal is not (null or { Errno: Errnos.EEXIST or Errnos.EADDRNOTAVAIL }))
            {
                throw refusal;
            }
        }
    }

    private CniException Conflict(Cidr wanted, Cidr present, int pods) => new(
        CniException.Internal,
        $"failed to set bridge addr: \"{device.Name}\" already has an IP address different from {wanted}",
        $"it has {present} of subnet {present.Network}, this call is for subnet {wanted.Network}, and {pods} interface(s) still hang on the bridge: delete the " +
        $"containers of {present.Network}, then the next ADD repairs the address; or \"forceAddress\": true replaces it at once and cuts those containers off");
}
