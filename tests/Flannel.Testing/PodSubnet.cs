using System.Globalization;
using Flannel.Linux;

namespace Flannel.Testing;

/// <summary>What a host may give its pods, as <c>subnet.env</c> says: the bridge's address in each family (empty where there is none) and the MTU.</summary>
public sealed record PodSubnet(Cidr IPv4, Cidr IPv6, int Mtu)
{
    /// <summary>Reads the text of a <c>subnet.env</c>, strictly: this is the contract with every container runtime.</summary>
    /// <exception cref="FormatException">A line is not <c>NAME=value</c>, a value is malformed, or the MTU is missing.</exception>
    public static PodSubnet Parse(string subnetEnv)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in subnetEnv.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split('=', 2);
            values[parts[0]] = parts.Length == 2 ? parts[1] : throw new FormatException($"no value: {line}");
        }

        return new PodSubnet(CidrOf("FLANNEL_SUBNET"), CidrOf("FLANNEL_IPV6_SUBNET"), int.Parse(
            values.GetValueOrDefault("FLANNEL_MTU") ?? throw new FormatException("no FLANNEL_MTU"), NumberStyles.None, CultureInfo.InvariantCulture));

        Cidr CidrOf(string name) => values.TryGetValue(name, out var text) ? Cidr.Parse(text) : default;
    }

    /// <summary>The lease's name in the store: <c>10.5.34.0-24</c>, <c>10.5.34.0-24&amp;fd00:5:34::-64</c>.</summary>
    public string LeaseName => string.Join('&', Bridge.Select(cidr => $"{cidr.Network.Address}-{cidr.PrefixLength}"));

    /// <summary>The address of a pod, from 1, in each family there is.</summary>
    internal IEnumerable<Cidr> AddressesOf(int pod) => Bridge.Select(bridge => bridge.Offset((UInt128)pod));

    /// <summary>The addresses of <c>cni0</c>.</summary>
    internal IEnumerable<Cidr> Bridge => new[] { IPv4, IPv6 }.Where(cidr => !cidr.IsEmpty);
}
