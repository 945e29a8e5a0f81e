using System.Globalization;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>
/// The subnet file as the plugin reads it (cni-plugin.md §3): strictly, line by line up to the first equals sign, the last of equal keys counts. Networks and subnets have
/// no host bits. A family that is off has no networks and an empty subnet.
/// </summary>
internal sealed record SubnetEnv
{
    private const string NetworkKey = "FLANNEL_NETWORK";
    private const string SubnetKey = "FLANNEL_SUBNET";
    private const string IPv6NetworkKey = "FLANNEL_IPV6_NETWORK";
    private const string IPv6SubnetKey = "FLANNEL_IPV6_SUBNET";
    private const string MtuKey = "FLANNEL_MTU";
    private const string IPMasqKey = "FLANNEL_IPMASQ";

    private static readonly string[] Keys = [NetworkKey, SubnetKey, IPv6NetworkKey, IPv6SubnetKey, MtuKey, IPMasqKey];

    public IReadOnlyList<Cidr> Networks { get; private init; } = [];

    public IReadOnlyList<Cidr> IPv6Networks { get; private init; } = [];

    public Cidr Subnet { get; private init; }

    public Cidr IPv6Subnet { get; private init; }

    public uint Mtu { get; private init; }

    /// <summary>Whether flanneld masquerades; the delegate does where it does not.</summary>
    public bool IPMasq { get; private init; }

    /// <param name="text">The content of the file.</param>
    /// <param name="path">Its name, for the message.</param>
    /// <exception cref="FormatException">A value is malformed, or something is missing: all of that in one message.</exception>
    public static SubnetEnv Parse(string text, string path)
    {
        var values = ReadValues(text, path);
        var missing = MissingKeys(values);
        if (missing.Count > 0)
        {
            throw new FormatException($"{path} is missing {string.Join(", ", missing)}");
        }

        return new SubnetEnv
        {
            Networks = ReadNetworks(values.GetValueOrDefault(NetworkKey)),
            Subnet = ReadSubnet(values.GetValueOrDefault(SubnetKey)),
            IPv6Networks = ReadNetworks(values.GetValueOrDefault(IPv6NetworkKey)),
            IPv6Subnet = ReadSubnet(values.GetValueOrDefault(IPv6SubnetKey)),
            Mtu = uint.TryParse(values[MtuKey], NumberStyles.None, CultureInfo.InvariantCulture, out var mtu)
                ? mtu
                : throw new FormatException($"{path}: {MtuKey} must be a number of bytes, not \"{values[MtuKey].Cut(40)}\""),
            IPMasq = values[IPMasqKey] == "true",
        };
    }

    private static Dictionary<string, string> ReadValues(string text, string path)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.EndsWith('\r') ? raw[..^1] : raw;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? line : line[..equals];
            if (!Keys.Contains(key))
            {
                continue;
            }

            values[key] = equals >= 0 ? line[(equals + 1)..] : throw new FormatException($"{path}: {key} has no value");
        }

        return values;
    }

    private static List<string> MissingKeys(Dictionary<string, string> values)
    {
        List<string> missing = [];
        AddPair(NetworkKey, IPv6NetworkKey);
        AddPair(SubnetKey, IPv6SubnetKey);
        missing.AddRange(new[] { MtuKey, IPMasqKey }.Where(key => !values.ContainsKey(key)));
        return missing;

        void AddPair(string ipv4, string ipv6)
        {
            if (!values.ContainsKey(ipv4) && !values.ContainsKey(ipv6))
            {
                missing.AddRange([ipv4, ipv6]);
            }
        }
    }

    private static List<Cidr> ReadNetworks(string? value)
    {
        List<Cidr> networks = [];
        foreach (var part in value?.Split(',') ?? [])
        {
            var network = Cidr.Parse(part).Network;
            if (!networks.Contains(network))
            {
                networks.Add(network);
            }
        }

        return networks;
    }

    private static Cidr ReadSubnet(string? value) => value is null ? default : Cidr.Parse(value).Network;
}
