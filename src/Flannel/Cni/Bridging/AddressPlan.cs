using System.Net;
using Flannel.Linux;

namespace Flannel.Cni.Bridging;

/// <summary>What the addresses that ipam gave mean for the container and for the bridge. Pure.</summary>
/// <param name="Ips">Each with its gateway where the bridge is one, all on the container's interface.</param>
/// <param name="Routes">Those of ipam, then a default route per family where one is asked for and missing.</param>
/// <param name="Gateways">The addresses of the bridge with the length of the subnet, IPv4 first.</param>
internal sealed record AddressPlan(IReadOnlyList<CniAddress> Ips, IReadOnlyList<CniRoute> Routes, IReadOnlyList<Cidr> Gateways)
{
    /// <summary>Where the container's interface stands in the result: after the bridge and the host's end.</summary>
    private const int ContainerInterface = 2;

    private static readonly Cidr s_anyIPv4 = Cidr.Parse("0.0.0.0/0");
    private static readonly Cidr s_anyIPv6 = Cidr.Parse("::/0");

    public static AddressPlan Of(CniResult leased, BridgeConfig config)
    {
        List<CniAddress> ips = [];
        List<CniRoute> routes = [.. leased.Routes];
        List<Cidr> gateways = [];
        foreach (var isIPv6 in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (var ip in leased.Ips)
            {
                if (ip.Address.IsIPv6 == isIPv6 && config.IsGateway)
                {
                    gateways.Add(new Cidr(GatewayOf(ip), ip.Address.PrefixLength));
                }
            }
        }

        foreach (var ip in leased.Ips)
        {
            var gateway = config.IsGateway ? GatewayOf(ip) : ip.Gateway;
            ips.Add(ip with { Gateway = gateway, Interface = ContainerInterface });
            var any = ip.Address.IsIPv6 ? s_anyIPv6 : s_anyIPv4;
            if (config.IsDefaultGateway && !routes.Exists(route => route.Destination == any && route.Gateway is not null))
            {
                routes.Add(new CniRoute(any) { Gateway = gateway });
            }
        }

        return new AddressPlan(ips, routes, gateways);
    }

    /// <summary>What ipam says, else the first address of the subnet.</summary>
    private static IPAddress GatewayOf(CniAddress ip) => ip.Gateway ?? ip.Address.Network.Offset(1).Address;
}
