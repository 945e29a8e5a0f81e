using Flannel.Config;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Config;

/// <summary>What a configuration means: keys, defaults and derived ranges (config.md §1–§3).</summary>
public sealed class NetworkConfigTests
{
    [Fact]
    [Trait("case", "A1")]
    public void A_lower_case_network_gets_all_defaults()
    {
        var config = NetworkConfig.Parse("""{"network":"10.3.0.0/16"}""");

        Assert.Equal(Range("10.3.0.0/16", 24, "10.3.1.0", "10.3.255.0"), config.IPv4);
        Assert.Null(config.IPv6);
        Assert.Equal("udp", config.BackendType);
    }

    [Fact]
    [Trait("case", "A2")]
    public void An_IPv6_network_alone_gets_all_defaults()
    {
        var config = NetworkConfig.Parse("""{"enableIPv6":true,"ipv6Network":"fc00::/48","enableIPv4":false}""");

        Assert.Equal(Range("fc00::/48", 64, "fc00:0:0:1::", "fc00:0:0:ffff::"), config.IPv6);
        Assert.Null(config.IPv4);
    }

    [Fact]
    [Trait("case", "A3")]
    public void A_range_that_is_given_is_kept()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.5.0","SubnetMax":"10.3.8.0","SubnetLen":28}""");

        Assert.Equal(Range("10.3.0.0/16", 28, "10.3.5.0", "10.3.8.0"), config.IPv4);
    }

    [Fact]
    [Trait("case", "A4")]
    public void An_IPv6_range_that_is_given_is_kept()
    {
        var config = NetworkConfig.Parse("""
            {"IPv6Network":"fc00::/48","IPv6SubnetMin":"fc00:0:0:1::","IPv6SubnetMax":"fc00:0:0:f::","IPv6SubnetLen":124,"EnableIPv6":true,"EnableIPv4":false}
            """);

        Assert.Equal(Range("fc00::/48", 124, "fc00:0:0:1::", "fc00:0:0:f::"), config.IPv6);
    }

    [Theory]
    [InlineData("10.3.0.0/16", 24, "10.3.1.0", "10.3.255.0")]
    [InlineData("10.0.0.0/8", 24, "10.0.1.0", "10.255.255.0")]
    [InlineData("10.0.0.0/22", 24, "10.0.1.0", "10.0.3.0")]
    [InlineData("10.0.0.0/23", 25, "10.0.0.128", "10.0.1.128")]
    [InlineData("10.0.0.0/28", 30, "10.0.0.4", "10.0.0.12")]
    [InlineData("128.0.0.0/1", 24, "128.0.1.0", "255.255.255.0")]
    [InlineData("10.3.5.1/16", 24, "10.3.1.0", "10.3.255.0")]
    [InlineData("fc00::/48", 64, "fc00:0:0:1::", "fc00:0:0:ffff::")]
    [InlineData("fc00::/62", 64, "fc00:0:0:1::", "fc00:0:0:3::")]
    [InlineData("fc00::/63", 65, "fc00::8000:0:0:0", "fc00:0:0:1:8000::")]
    [InlineData("fc00::/64", 66, "fc00::4000:0:0:0", "fc00::c000:0:0:0")]
    [InlineData("fc00::/124", 126, "fc00::4", "fc00::c")]
    [InlineData("8000::/1", 64, "8000:0:0:1::", "ffff:ffff:ffff:ffff::")]
    public void Length_and_bounds_follow_from_the_network(string network, int length, string min, string max)
    {
        var config = NetworkConfig.Parse(Json(network));

        Assert.Equal(Range(Cidr.Parse(network).Network.ToString(), length, min, max), config.IPv4 ?? config.IPv6);
    }

    [Theory]
    [InlineData("""{"Network":"10.0.0.0/8","SubnetLen":20,"SubnetMin":"10.10.0.0","SubnetMax":"10.99.0.0"}""", 20, "10.10.0.0", "10.99.0.0")]
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.0.0"}""", 24, "10.3.0.0", "10.3.255.0")]
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"0.0.0.0","SubnetMax":"0.0.0.0","SubnetLen":0}""", 24, "10.3.1.0", "10.3.255.0")]
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.9.0","SubnetMax":"10.3.1.0"}""", 24, "10.3.9.0", "10.3.1.0")]
    [InlineData("""{"Network":"10.3.0.0/16","SubnetLen":null}""", 24, "10.3.1.0", "10.3.255.0")]
    [InlineData("""{"Network":"10.0.0.0/28","SubnetLen":30}""", 30, "10.0.0.4", "10.0.0.12")]
    public void Bounds_that_are_given_are_taken_as_they_are(string json, int length, string min, string max)
    {
        var range = NetworkConfig.Parse(json).IPv4!;

        Assert.Equal((length, min, max), (range.SubnetLength, range.Min.Address.ToString(), range.Max.Address.ToString()));
    }

    [Fact]
    public void Keys_match_in_any_case_and_the_last_of_equal_keys_counts()
    {
        var config = NetworkConfig.Parse("""{"NETWORK":"10.1.0.0/16","unknown":[{}],"network":"10.2.0.0/16","SUBNETLEN":26,"enableNFTables":true}""");

        Assert.Equal(Range("10.2.0.0/16", 26, "10.2.0.64", "10.2.255.192"), config.IPv4);
        Assert.True(config.EnableNFTables);
    }

    [Fact]
    public void Ranges_without_masquerading_are_of_both_families_and_lose_their_host_bits()
    {
        var config = NetworkConfig.Parse("""{"Network":"10.1.0.0/16","noMasqueradeCIDRs":["192.168.3.4/16","fd99::1/32"]}""");

        Assert.Equal(["192.168.0.0/16", "fd99::/32"], config.NoMasqueradeCIDRs.Select(range => range.ToString()));
        Assert.Empty(NetworkConfig.Parse("""{"Network":"10.1.0.0/16","NoMasqueradeCIDRs":null}""").NoMasqueradeCIDRs);
    }

    [Fact]
    public void A_family_that_is_off_is_neither_checked_nor_kept()
    {
        var config = NetworkConfig.Parse("""{"EnableIPv4":false,"Network":"10.0.0.0/30","EnableIPv6":true,"IPv6Network":"fd00::/48"}""");

        Assert.Null(config.IPv4);
        Assert.NotNull(config.IPv6);
    }

    [Theory]
    [InlineData("""{"Network":"10.3.0.0/16"}""", "udp", "{}")]
    [InlineData("""{"Network":"10.3.0.0/16","Backend":{}}""", "", "{}")]
    [InlineData("""{"Network":"10.3.0.0/16","backend":{"type":"VXLAN", "VNI":7}}""", "VXLAN", """{"type":"VXLAN", "VNI":7}""")]
    public void The_backend_is_a_type_and_the_raw_object(string json, string type, string raw)
    {
        var config = NetworkConfig.Parse(json);

        Assert.Equal((type, raw), (config.BackendType, config.BackendJson));
    }

    [Fact]
    public void Unchecked_parsing_keeps_what_is_written_and_fills_in_nothing()
    {
        var config = NetworkConfig.ParseUnchecked("""{"Network":"10.0.0.0/30","EnableIPv6":true}""");

        Assert.Equal(new SubnetRange(Cidr.Parse("10.0.0.0/30"), 0, default, default), config.IPv4);
        Assert.True(config.EnableIPv6);
        Assert.Null(config.IPv6);
        Assert.Null(NetworkConfig.ParseUnchecked("{}").IPv4);
    }

    private static string Json(string network) => network.Contains(':', StringComparison.Ordinal)
        ? $$"""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"{{network}}"}"""
        : $$"""{"Network":"{{network}}"}""";

    private static SubnetRange Range(string network, int length, string min, string max) =>
        new(Cidr.Parse(network), length, Cidr.Parse($"{min}/{length}"), Cidr.Parse($"{max}/{length}"));
}
