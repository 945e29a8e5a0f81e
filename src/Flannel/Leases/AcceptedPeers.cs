using System.Net;
using Flannel.Linux;

namespace Flannel.Leases;

/// <summary>
/// The accepted peers by subnet and by public address. Accepted subnets never overlap, so the one that starts last before the end of another subnet is the only one
/// that can reach into it: one look-up answers, whatever the lengths are.
/// </summary>
internal sealed class AcceptedPeers
{
    private readonly SortedSet<Cidr> _subnets = [];
    private readonly Dictionary<Cidr, PeerEntry> _bySubnet = [];
    private readonly Dictionary<IPAddress, PeerEntry> _byPublic = [];

    public int Count { get; private set; }

    /// <summary>What an accepted peer has against a further one, and which; null if nothing.</summary>
    public string? FindConflict(Lease peer, out PeerEntry? other)
    {
        if (FindOverlap(peer.Key.IPv4, out other) || FindOverlap(peer.Key.IPv6, out other))
        {
            return $"it overlaps the subnet {other!.Stored.Key} of {other.Stored.Attributes.PublicIP ?? other.Stored.Attributes.PublicIPv6}";
        }

        foreach (var address in PublicAddresses(peer))
        {
            if (_byPublic.TryGetValue(address, out other))
            {
                return $"two hosts have one public address: the lease {other.Stored.Key} publishes {address} too";
            }
        }

        return null;
    }

    /// <summary>Makes room for so many, each with one subnet and one address.</summary>
    public void EnsureCapacity(int count)
    {
        _bySubnet.EnsureCapacity(count);
        _byPublic.EnsureCapacity(count);
    }

    /// <summary>Adds an entry that has a <see cref="PeerEntry.Peer"/> and no conflict.</summary>
    public void Add(PeerEntry entry)
    {
        foreach (var subnet in Subnets(entry.Peer!))
        {
            _subnets.Add(subnet);
            _bySubnet.Add(subnet, entry);
        }

        foreach (var address in PublicAddresses(entry.Peer!))
        {
            _byPublic.Add(address, entry);
        }

        Count++;
    }

    /// <summary>Removes an entry; its <see cref="PeerEntry.Peer"/> is still what was added.</summary>
    public void Remove(PeerEntry entry)
    {
        foreach (var subnet in Subnets(entry.Peer!))
        {
            _subnets.Remove(subnet);
            _bySubnet.Remove(subnet);
        }

        foreach (var address in PublicAddresses(entry.Peer!))
        {
            _byPublic.Remove(address);
        }

        Count--;
    }

    private bool FindOverlap(Cidr subnet, out PeerEntry? other)
    {
        other = null;
        if (subnet.IsEmpty || _subnets.Count == 0)
        {
            return false;
        }

        // The default value sorts before, and a single address after, every subnet with that base.
        var nearest = _subnets.GetViewBetween(default, subnet.Last.AsHost).Max;
        return nearest.Overlaps(subnet) && _bySubnet.TryGetValue(nearest, out other);
    }

    private static IReadOnlyList<Cidr> Subnets(Lease peer) => peer.Key.Subnets;

    /// <summary>The public addresses that are used: those of the families the peer has a subnet in.</summary>
    private static IEnumerable<IPAddress> PublicAddresses(Lease peer)
    {
        if (!peer.Key.IPv4.IsEmpty && peer.Attributes.PublicIP is { } ipv4)
        {
            yield return ipv4;
        }

        if (!peer.Key.IPv6.IsEmpty && peer.Attributes.PublicIPv6 is { } ipv6)
        {
            yield return ipv6;
        }
    }
}
