using System.Net;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Linux;

namespace Flannel.Leases;

/// <summary>What one peer's lease must satisfy by itself, whatever other peers say. A peer's data is hostile until it has passed.</summary>
/// <param name="Config">The network all leases are cut from.</param>
/// <param name="BackendType">The type peers must publish, as in <see cref="LeaseAttributes.BackendType"/>; empty for backends that announce none.</param>
/// <param name="BackendCheck">The backend's own word on a lease: a reason against it, or null.</param>
internal sealed record PeerRules(NetworkConfig Config, string BackendType, Func<Lease, string?> BackendCheck)
{
    /// <summary>The lease with only the families the network uses: a dual-stack peer is still an IPv4 peer while a cluster changes over.</summary>
    public Lease InOurFamilies(Lease lease)
    {
        var key = new LeaseKey(Config.EnableIPv4 ? lease.Key.IPv4 : default, Config.EnableIPv6 ? lease.Key.IPv6 : default);
        return key == lease.Key ? lease : lease with { Key = key };
    }

    /// <summary>The reason against a peer, or null. <paramref name="peer"/> is in our families already.</summary>
    public string? Check(Lease peer, LeaseKey ownKey, LeaseAttributes own)
    {
        if (!peer.Attributes.BackendType.Equals(BackendType, StringComparison.OrdinalIgnoreCase))
        {
            return $"its backend type is {Quoted(peer.Attributes.BackendType)}, ours is {Quoted(BackendType)}";
        }

        if (peer.Key.IsEmpty)
        {
            return "it has no subnet in an address family of the network";
        }

        return CheckSubnet(peer.Key.IPv4, Config.IPv4, ownKey.IPv4) ??
            CheckSubnet(peer.Key.IPv6, Config.IPv6, ownKey.IPv6) ??
            CheckPublic("IPv4", peer.Key.IPv4, peer.Attributes.PublicIP, ownKey, own.PublicIP) ??
            CheckPublic("IPv6", peer.Key.IPv6, peer.Attributes.PublicIPv6, ownKey, own.PublicIPv6) ??
            BackendCheck(peer);
    }

    private static string? CheckSubnet(Cidr subnet, SubnetRange? range, Cidr own)
    {
        if (subnet.IsEmpty)
        {
            return null;
        }

        if (range is null || !range.Network.Contains(subnet))
        {
            return $"{subnet} is outside the network {range?.Network}";
        }

        if (subnet.PrefixLength == range.Network.PrefixLength)
        {
            return $"{subnet} claims the whole network";
        }

        return subnet.Overlaps(own) ? $"{subnet} claims addresses of our own subnet {own}" : null;
    }

    private static string? CheckPublic(string family, Cidr subnet, IPAddress? address, LeaseKey ownKey, IPAddress? own)
    {
        if (subnet.IsEmpty)
        {
            return null;
        }

        if (address is null)
        {
            return $"it has no public {family} address";
        }

        if (!IsHost(address))
        {
            return $"its public address {address} is not a host's";
        }

        if (address.Equals(own))
        {
            return $"two hosts have one public address: it publishes ours, {address}";
        }

        return subnet.Contains(address) || ownKey.IPv4.Contains(address) || ownKey.IPv6.Contains(address)
            ? $"its public address {address} is a container's"
            : null;
    }

    /// <summary>False for what no packet can be sent to: unspecified, loopback, multicast, broadcast.</summary>
    private static bool IsHost(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any) || address.IsIPv6Multicast || address.IsIPv4MappedToIPv6)
        {
            return false;
        }

        // 0.0.0.0/8 is "this host", 224.0.0.0/4 multicast.
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6 || bytes[0] is > 0 and < 224 || (bytes[0] >= 240 && !address.Equals(IPAddress.Broadcast));
    }

    private static string Quoted(string type) => type.Length == 0 ? "none" : $"'{type.Cut(32)}'";
}
