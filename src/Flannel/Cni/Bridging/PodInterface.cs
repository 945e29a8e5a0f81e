using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>The container's end of the pair: settings, addresses, up, routes. Runs inside the container's namespace.</summary>
internal sealed class PodInterface(string name, int index, bool enableDad)
{
    private const int MainTable = 254;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Brings the interface up with addresses and routes, all in one system call, and waits until its IPv6 addresses are usable where there is a gateway for them.</summary>
    /// <exception cref="CniException">An address is a duplicate, or IPv6 cannot be had.</exception>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    public void Configure(AddressPlan plan)
    {
        Prepare(plan.Ips.Any(ip => ip.Address.IsIPv6));
        using var netlink = new RtnetlinkSocket();
        netlink.ExecuteAll([.. Addresses(plan), Up, .. Routes(plan)]);
        if (GatewayOf(plan, isIPv6: true) is not null)
        {
            Settle(netlink);
        }
    }

    /// <summary>Brings the interface up, for a container that has no addresses of ours.</summary>
    public void BringUp()
    {
        using var netlink = new RtnetlinkSocket();
        netlink.Execute(Up);
    }

    private RtnetlinkRequest Up => new(RequestVerb.Set, new LinkChange { Index = index, Up = true });

    // With arp_notify the kernel announces the addresses when the interface comes up, so neighbours that knew an earlier holder learn of the new one.
    private void Prepare(bool usesIPv6)
    {
        if (enableDad)
        {
            Sysctl.TryWrite($"net/ipv6/conf/{name}/enhanced_dad", "1");
        }

        Sysctl.TryWrite($"net/ipv6/conf/{name}/accept_dad", enableDad ? "1" : "0");
        Sysctl.TryWrite($"net/ipv4/conf/{name}/arp_notify", "1");
        if (usesIPv6)
        {
            EnableIPv6("lo");
            EnableIPv6(name);
            Require($"net/ipv6/conf/{name}/keep_addr_on_down", "1", "keep_addr_on_down");
        }
    }

    // A container may come with IPv6 switched off. A kernel without it has no such setting, and refuses the address in its own words.
    private static void EnableIPv6(string device)
    {
        var setting = $"net/ipv6/conf/{device}/disable_ipv6";
        if (Sysctl.Get(setting) is not (null or "0"))
        {
            Require(setting, "0", "IPv6");
        }
    }

    private static void Require(string setting, string value, string what)
    {
        if (!Sysctl.TryWrite(setting, value))
        {
            throw new CniException(CniException.Internal, $"failed to enable {what}: cannot set {setting} to {value}");
        }
    }

    private IEnumerable<RtnetlinkRequest> Addresses(AddressPlan plan)
    {
        foreach (var ip in plan.Ips)
        {
            yield return new(RequestVerb.Add, BroadcastAddress.On(index, ip.Address));
        }
    }

    private IEnumerable<RtnetlinkRequest> Routes(AddressPlan plan)
    {
        foreach (var route in plan.Routes)
        {
            yield return new(RequestVerb.Prepend, new Route
            {
                Destination = route.Destination,
                Gateway = route.Gateway ?? GatewayOf(plan, route.Destination.IsIPv6),
                LinkIndex = index,
                Protocol = RouteProtocol.Boot,
                Scope = (AddressScope)(route.Scope ?? 0),
                Table = (uint)(route.Table ?? MainTable),
                Metric = (uint)route.Priority,
            });
        }
    }

    private static IPAddress? GatewayOf(AddressPlan plan, bool isIPv6)
    {
        foreach (var ip in plan.Ips)
        {
            if (ip.Gateway is { } gateway && ip.Address.IsIPv6 == isIPv6)
            {
                return gateway;
            }
        }

        return null;
    }

    private void Settle(RtnetlinkSocket netlink)
    {
        if (!Settling.Until(() => IsSettled(netlink), Patience) && netlink.GetLink(index)?.OperationalState == OperationalState.IF_OPER_UP)
        {
            throw new CniException(
                CniException.Internal, $"failed to settle addresses for \"{name}\": link {name} still has tentative addresses after {Patience.TotalSeconds:0} seconds");
        }
    }

    private bool IsSettled(RtnetlinkSocket netlink)
    {
        var isSettled = true;
        foreach (var address in netlink.ListAddresses(index))
        {
            if (address.Address.IsIPv6 && address.Flags.HasFlag(AddressFlags.IFA_F_DADFAILED))
            {
                throw new CniException(
                    CniException.Internal, $"failed to settle addresses for \"{name}\": link {name} has address {address.Address.Address} in DADFAILED state");
            }

            isSettled &= !address.Address.IsIPv6 || !address.Flags.HasFlag(AddressFlags.IFA_F_TENTATIVE);
        }

        return isSettled;
    }
}
