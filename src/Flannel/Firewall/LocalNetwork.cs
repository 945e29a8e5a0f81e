using Flannel.Linux;

namespace Flannel.Firewall;

/// <summary>The cluster network of one address family and the part of it that this host leases. Host bits are cleared: no listing shows them.</summary>
public sealed record LocalNetwork
{
    /// <exception cref="ArgumentException">The two are not of one family.</exception>
    public LocalNetwork(Cidr network, Cidr subnet)
    {
        if (network.IsEmpty || subnet.IsEmpty || network.IsIPv6 != subnet.IsIPv6)
        {
            throw new ArgumentException($"network {network} and subnet {subnet} are not of one family", nameof(subnet));
        }

        (Network, Subnet) = (network.Network, subnet.Network);
    }

    public Cidr Network { get; }

    public Cidr Subnet { get; }

    /// <summary>Destinations towards which packets of pods keep their source; only those of this family count.</summary>
    public IReadOnlyList<Cidr> Unmasqueraded
    {
        get;
        init
        {
            var ranges = new List<Cidr>();
            foreach (var range in value)
            {
                if (range.IsIPv6 == IsIPv6 && !ranges.Contains(range.Network))
                {
                    ranges.Add(range.Network);
                }
            }

            field = ranges;
        }
    }
    = [];

    public bool IsIPv6 => Network.IsIPv6;

    /// <summary>The multicast range of the family; such packets keep their source.</summary>
    public string Multicast => IsIPv6 ? "ff00::/8" : "224.0.0.0/4";
}
