using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>Addresses as the standard plugins add them: an IPv4 one with the broadcast address of its subnet, unless that has but one or two addresses.</summary>
internal static class BroadcastAddress
{
    private const int LongestWithBroadcast = 30;

    public static InterfaceAddress On(int linkIndex, Cidr address) => new(linkIndex, address)
    {
        Broadcast = !address.IsIPv6 && address.PrefixLength <= LongestWithBroadcast ? address.Last.Address : null,
    };
}
