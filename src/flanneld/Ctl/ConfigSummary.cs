using System.Text.Json;
using Flannel.Config;

namespace Flannel.Daemon.Ctl;

/// <summary>What a configuration means, defaults applied.</summary>
internal sealed class ConfigSummary(NetworkConfig config)
{
    private readonly SubnetRange[] _ranges = [.. new[] { config.IPv4, config.IPv6 }.OfType<SubnetRange>()];

    public TextTable ToTable()
    {
        var table = new TextTable("FAMILY", "NETWORK", "FIRST SUBNET", "LAST SUBNET", "SUBNETS", "BACKEND", "RULES");
        foreach (var range in _ranges)
        {
            table.Add(FamilyOf(range), $"{range.Network}", $"{FirstOf(range)}", $"{LastOf(range)}", $"{CountOf(range)}", config.BackendType, Rules);
        }

        return table;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var range in _ranges)
        {
            json.WriteStartObject(FamilyOf(range));
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

    private static string FamilyOf(SubnetRange range) => range.Network.IsIPv6 ? "ipv6" : "ipv4";

    private static Linux.Cidr FirstOf(SubnetRange range) => range.Min.WithLength(range.SubnetLength);

    private static Linux.Cidr LastOf(SubnetRange range) => range.Max.WithLength(range.SubnetLength);

    private static UInt128 CountOf(SubnetRange range) =>
        range.Max < range.Min ? 0 : ((range.Max.Bits - range.Min.Bits) >> (range.Min.Width - range.SubnetLength)) + 1;
}
