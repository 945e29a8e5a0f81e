using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Config;

public sealed partial record NetworkConfig
{
    /// <summary>Reads the JSON text, checks it and fills in what it leaves open (config.md §1–§3).</summary>
    /// <exception cref="ConfigException">The text is not a configuration, or its ranges do not fit.</exception>
    public static NetworkConfig Parse(string json) => ParseUnchecked(json).Complete();

    /// <summary>Reads the JSON text where subnets are assigned by somebody else: nothing of a range but its network counts, and that of a family that is off not either.</summary>
    /// <exception cref="ConfigException">The text is not a JSON object or a value has the wrong form.</exception>
    public static NetworkConfig ParseAssigned(string json)
    {
        var written = ParseUnchecked(json);
        return written with { IPv4 = written.EnableIPv4 ? written.IPv4 : null, IPv6 = written.EnableIPv6 ? written.IPv6 : null };
    }

    /// <summary>
    /// Reads the JSON text as written (config.md §1): a range may lack its network, has length 0 where none was given, and empty or host-length bounds.
    /// Where subnets come from elsewhere, as with Kubernetes, this is all the checking there is.
    /// </summary>
    /// <exception cref="ConfigException">The text is not a JSON object or a value has the wrong form.</exception>
    public static NetworkConfig ParseUnchecked(string json)
    {
        var options = new OptionsReader(json, "error decoding network config");
        var (type, backend) = ReadBackend(options);
        return new NetworkConfig
        {
            EnableIPv4 = options.Boolean("EnableIPv4", true),
            EnableIPv6 = options.Boolean("EnableIPv6", false),
            EnableNFTables = options.Boolean("EnableNFTables", false),
            IPv4 = ReadRange(options, SubnetRules.IPv4),
            IPv6 = ReadRange(options, SubnetRules.IPv6),
            NoMasqueradeCIDRs = ReadExclusions(options),
            BackendType = type,
            BackendJson = backend,
        };
    }

    /// <summary>Applies the rules and defaults of config.md §3 to each family that is on and drops the range of one that is off.</summary>
    /// <exception cref="ConfigException">A range does not fit; the first rule that fails is the one reported.</exception>
    public NetworkConfig Complete() => this with
    {
        IPv4 = EnableIPv4 ? SubnetRules.IPv4.Complete(IPv4) : null,
        IPv6 = EnableIPv6 ? SubnetRules.IPv6.Complete(IPv6) : null,
    };

    /// <summary>No fabric without an address family. Apart from the other rules because the daemon ends here instead of waiting for a better configuration.</summary>
    /// <exception cref="ConfigException">Both families are off.</exception>
    public void RequireFamily()
    {
        if (!EnableIPv4 && !EnableIPv6)
        {
            throw new ConfigException("none defined stack: EnableIPv4 and EnableIPv6 are both false in the flannel config");
        }
    }

    private static (string Type, string Json) ReadBackend(OptionsReader options)
    {
        if (options.Raw("Backend") is not { } json)
        {
            return ("udp", "{}");
        }

        return (new OptionsReader(json, "error decoding Backend property of config").Text("Type", ""), json);
    }

    private static SubnetRange? ReadRange(OptionsReader options, SubnetRules rules)
    {
        var range = new SubnetRange(
            ReadNetwork(options, rules),
            options.Integer(rules.LengthKey, 0, 0, int.MaxValue),
            ReadBound(options, rules.MinKey, rules.Family),
            ReadBound(options, rules.MaxKey, rules.Family));
        return range is { Network.IsEmpty: true, SubnetLength: 0, Min.IsEmpty: true, Max.IsEmpty: true } ? null : range;
    }

    private static Cidr ReadNetwork(OptionsReader options, SubnetRules rules)
    {
        if (!options.TryGet(rules.NetworkKey, out var value))
        {
            return default;
        }

        if (value.ValueKind != JsonValueKind.String || !Cidr.TryParse(OptionsReader.Unquote(value), out var network))
        {
            throw options.Fault(rules.NetworkKey, "must be an address with a prefix length in quotes: invalid CIDR address", value);
        }

        return network.Family == rules.Family ? network.Network : throw options.Fault(rules.NetworkKey, WrongFamily(rules.Family), value);
    }

    private static IReadOnlyList<Cidr> ReadExclusions(OptionsReader options)
    {
        const string Key = "NoMasqueradeCIDRs";
        if (!options.TryGet(Key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw options.Fault(Key, "must be a list of addresses with a prefix length in quotes", value);
        }

        var ranges = new List<Cidr>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !Cidr.TryParse(OptionsReader.Unquote(item), out var range))
            {
                throw options.Fault(Key, "must hold addresses with a prefix length in quotes: invalid CIDR address", item);
            }

            if (range.PrefixLength == 0)
            {
                throw options.Fault(Key, "cannot hold every address (run without --ip-masq instead)", item);
            }

            ranges.Add(range.Network);
        }

        return ranges;
    }

    private static Cidr ReadBound(OptionsReader options, string key, AddressFamily family)
    {
        if (!options.TryGet(key, out var value))
        {
            return default;
        }

        if (value.ValueKind != JsonValueKind.String || !Cidr.TryParseAddress(OptionsReader.Unquote(value), out var address))
        {
            throw options.Fault(key, "must be an address in quotes: invalid IP address format", value);
        }

        if (address.AddressFamily != family)
        {
            throw options.Fault(key, WrongFamily(family), value);
        }

        // The unspecified address is the way of the original to say "not given".
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? default : Cidr.Host(address);
    }

    private static string WrongFamily(AddressFamily wanted) =>
        wanted == AddressFamily.InterNetwork ? "is for IPv4: invalid IPv4 address format" : "is for IPv6: invalid IPv6 address format";
}
