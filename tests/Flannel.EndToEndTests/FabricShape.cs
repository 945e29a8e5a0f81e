using System.Globalization;
using System.Net.Sockets;

namespace Flannel.EndToEndTests;

/// <summary>A backend over one or both families, and what follows from that: the configuration, the text of each subnet file, the size of packets.</summary>
internal sealed record FabricShape(string Backend, Families Families)
{
    private const string Network = "10.5.0.0/16";
    private const string NetworkV6 = "fd05::/48";

    private const int UnderlayMtu = 1500;

    /// <summary>Members of the backend's object besides its type, as in <c>"DirectRouting": true</c>.</summary>
    public string Options { get; init; } = "";

    /// <summary>Rules by nftables rather than iptables.</summary>
    public bool Nftables { get; init; }

    /// <summary>Destinations that pods reach by their own address, as in <c>172.30.0.0/24</c>.</summary>
    public IReadOnlyList<string> Unmasqueraded { get; init; } = [];

    /// <summary>The network configuration.</summary>
    public string Config
    {
        get
        {
            var networks = Families switch
            {
                Families.IPv4 => $"""
                    "Network": "{Network}"
                    """,
                Families.Both => $"""
                    "Network": "{Network}", "EnableIPv6": true, "IPv6Network": "{NetworkV6}"
                    """,
                _ => $"""
                    "EnableIPv4": false, "EnableIPv6": true, "IPv6Network": "{NetworkV6}"
                    """,
            };
            var options = Options.Length > 0 ? $", {Options}" : "";
            var unmasqueraded = string.Join(", ", Unmasqueraded.Select(range => $"\"{range}\""));
            networks += unmasqueraded.Length > 0 ? $", \"NoMasqueradeCIDRs\": [{unmasqueraded}]" : "";
            return $$"""{ {{networks}}, "EnableNFTables": {{(Nftables ? "true" : "false")}}, "Backend": { "Type": "{{Backend}}"{{options}} } }""";
        }
    }

    /// <summary>What workloads are told: room for the headers of vxlan over IPv4, whatever the underlay.</summary>
    public int Mtu => Backend == "vxlan" ? UnderlayMtu - 50 : UnderlayMtu;

    /// <summary>The largest packet that passes between pods. An outer IPv6 header is 20 bytes longer; what workloads are told leaves that to path MTU discovery.</summary>
    public int LargestPacket(AddressFamily family) =>
        (Backend, family) is ("vxlan", AddressFamily.InterNetworkV6) ? UnderlayMtu - 70 : Mtu;

    /// <summary>The subnet file of a host with the lease, as in <c>10.5.34.0-24&amp;fd05:0:0:34::-64</c>: the first usable address in the place of the base.</summary>
    public string SubnetFile(string lease)
    {
        var parts = lease.Split('&').Select(part => part.Split('-')).ToLookup(part => part[0].Contains(':', StringComparison.Ordinal));
        var lines = parts[false].SelectMany(part => new[] { $"FLANNEL_NETWORK={Network}", $"FLANNEL_SUBNET={part[0][..^1]}1/{part[1]}" })
            .Concat(parts[true].SelectMany(part => new[] { $"FLANNEL_IPV6_NETWORK={NetworkV6}", $"FLANNEL_IPV6_SUBNET={part[0]}1/{part[1]}" }))
            .Concat([string.Create(CultureInfo.InvariantCulture, $"FLANNEL_MTU={Mtu}"), "FLANNEL_IPMASQ=false"]);
        return string.Concat(lines.Select(line => line + '\n'));
    }
}
