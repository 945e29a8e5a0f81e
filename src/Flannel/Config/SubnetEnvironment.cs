using System.Globalization;
using System.Text;
using Flannel.Linux;

namespace Flannel.Config;

/// <summary>What the subnet file tells the container runtime of this host (cli-and-env.md §8). A family that is off has empty networks.</summary>
public sealed record SubnetEnvironment
{
    public Cidr Network { get; init; }

    /// <summary>The leased subnet. It is written with its first usable address, the one of the container bridge: base + 1.</summary>
    public Cidr Subnet { get; init; }

    public Cidr IPv6Network { get; init; }

    public Cidr IPv6Subnet { get; init; }

    /// <summary>For workloads, in bytes.</summary>
    public required int Mtu { get; init; }

    public bool IPMasq { get; init; }

    /// <summary>The lines of the file in the contract's order, each ended by a newline.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Append(text, "FLANNEL_NETWORK", Network);
        Append(text, "FLANNEL_SUBNET", FirstUsable(Subnet));
        Append(text, "FLANNEL_IPV6_NETWORK", IPv6Network);
        Append(text, "FLANNEL_IPV6_SUBNET", FirstUsable(IPv6Subnet));
        text.Append(CultureInfo.InvariantCulture, $"FLANNEL_MTU={Mtu}\n");
        text.Append(CultureInfo.InvariantCulture, $"FLANNEL_IPMASQ={(IPMasq ? "true" : "false")}\n");
        return text.ToString();
    }

    private static Cidr FirstUsable(Cidr subnet) => subnet.IsEmpty ? subnet : subnet.Network.Offset(1);

    private static void Append(StringBuilder text, string key, Cidr value)
    {
        if (!value.IsEmpty)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}={value}\n");
        }
    }
}
