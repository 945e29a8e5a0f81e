using System.Text.Json;
using Flannel.Config;

namespace Flannel.Daemon.Ctl;

/// <summary>What a configuration means, defaults applied.</summary>
internal sealed class ConfigSummary(NetworkConfig config)
{
    private readonly (string Family, SubnetRange Range)[] _ranges =
        [.. new[] { ("ipv4", config.IPv4), ("ipv6", config.IPv6) }.Where(family => family.Item2 is not null).Select(family => (family.Item1, family.Item2!))];

    public TextTable ToTable()
    {
        var table = new TextTable("FAMILY", "NETWORK", "FIRST SUBNET", "LAST SUBNET", "SUBNETS", "BACKEND", "RULES");
        foreach (var (family, range) in _ranges)
        {
            table.Add(family, $"{range.Network}", $"{FirstOf(range)}", $"{LastOf(range)}", $"{CountOf(range)}", config.BackendType, Rules);
        }

        return table;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (family, range) in _ranges)
        {
            json.WriteStartObject(family);
            json.WriteString("network", $"{range.Network}");
            json.WriteString("firstSubnet", $"{FirstOf(range)}");
            json.WriteString("lastSubnet", $"{LastOf(range)}");
            // More than a JSON number holds, with IPv6.
            json.WriteString("subnets", $"{CountOf(range)}");
            json.WriteEndObject();
        }

        json.WriteString("rules", Rules);
        json.WritePropertyName("backend");
        json.WriteRawValue(config.BackendJson);
        json.WriteEndObject();
    }

    private string Rules => config.EnableNFTables ? "nftables" : "iptables";

    private static Linux.Cidr FirstOf(SubnetRange range) => range.Min.WithLength(range.SubnetLength);

    private static Linux.Cidr LastOf(SubnetRange range) => range.Max.WithLength(range.SubnetLength);

    private static UInt128 CountOf(SubnetRange range) =>
        range.Max < range.Min ? 0 : ((range.Max.Bits - range.Min.Bits) >> (range.Min.Width - range.SubnetLength)) + 1;
}
