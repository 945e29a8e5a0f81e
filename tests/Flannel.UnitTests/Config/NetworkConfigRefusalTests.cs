using Flannel.Config;
using Xunit;

namespace Flannel.UnitTests.Config;

/// <summary>What is refused, with the words of the contract (config.md §1–§3); the rows are those of its table.</summary>
public sealed class NetworkConfigRefusalTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"10.3.0.0/16\"")]
    [InlineData("""{"Network":"10.3.0.0/16" """)]
    [InlineData("""{"Network":"10.3.0.0/16"} {}""")]
    [InlineData("""{"Network":"10.3.0.0/16",}""")]
    public void Text_that_is_not_one_JSON_object(string json) => Refused(json, "error decoding network config");

    [Theory]
    [InlineData("Network", "\"10.3.0.0\"", "invalid CIDR address")]
    [InlineData("Network", "\"10.3.0.0/33\"", "invalid CIDR address")]
    [InlineData("Network", "\"\"", "invalid CIDR address")]
    [InlineData("Network", "null", "invalid CIDR address")]
    [InlineData("Network", "16", "invalid CIDR address")]
    [InlineData("Network", "\"\\ud800/16\"", "invalid CIDR address")]
    [InlineData("Network", "\"fc00::/48\"", "invalid IPv4 address format")]
    [InlineData("IPv6Network", "\"10.3.0.0/16\"", "invalid IPv6 address format")]
    [InlineData("IPv6Network", "\"fc00::/129\"", "invalid CIDR address")]
    [InlineData("IPv6Network", "null", "invalid CIDR address")]
    [InlineData("NoMasqueradeCIDRs", "\"10.3.0.0/16\"", "must be a list")]
    [InlineData("SubnetMin", "\"fc00::1\"", "invalid IPv4 address format")]
    [InlineData("SubnetMax", "\"10.3\"", "invalid IP address format")]
    [InlineData("SubnetMax", "7", "invalid IP address format")]
    [InlineData("IPv6SubnetMin", "\"10.3.0.0\"", "invalid IPv6 address format")]
    [InlineData("IPv6SubnetMax", "\"fc00::%eth0\"", "invalid IP address format")]
    [InlineData("SubnetLen", "-1", "must be a whole number")]
    [InlineData("SubnetLen", "24.5", "must be a whole number")]
    [InlineData("SubnetLen", "\"24\"", "must be a whole number")]
    [InlineData("IPv6SubnetLen", "99999999999", "must be a whole number")]
    [InlineData("EnableIPv6", "\"true\"", "must be true or false")]
    [InlineData("EnableNFTables", "1", "must be true or false")]
    public void A_value_of_the_wrong_form_is_named(string key, string value, string reason)
    {
        var message = Refused($$"""{"{{key}}":{{value}}}""", reason);

        Assert.Contains($"{key} ", message, StringComparison.Ordinal);
        Assert.EndsWith($"not {value}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["10.3.0.0"]""", "NoMasqueradeCIDRs must hold addresses with a prefix length in quotes: invalid CIDR address, not \"10.3.0.0\"")]
    [InlineData("""["10.3.0.0/16", 7]""", "invalid CIDR address, not 7")]
    [InlineData("""["::/0"]""", "NoMasqueradeCIDRs cannot hold every address (run without --ip-masq instead), not \"::/0\"")]
    public void An_element_of_a_list_is_named(string list, string reason) => Refused($$"""{"NoMasqueradeCIDRs":{{list}}}""", reason);

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"vxlan\"")]
    [InlineData("""{"Type":7}""")]
    public void A_backend_that_is_no_object_with_a_type(string backend) =>
        Refused($$"""{"Network":"10.3.0.0/16","Backend":{{backend}}}""", "error decoding Backend property of config: ");

    [Theory]
    [InlineData("{}", "please define a correct Network parameter in the flannel config")] // row 1
    [InlineData("""{"Network":"0.0.0.0/0"}""", "please define a correct Network parameter in the flannel config")] // row 1
    [InlineData("""{"Network":"10.3.0.0/16","SubnetLen":31}""", "SubnetLen must be less than /31")] // row 2
    [InlineData("""{"Network":"10.3.0.0/30","SubnetLen":31}""", "SubnetLen must be less than /31")] // row 2
    [InlineData("""{"Network":"10.3.0.0/16","SubnetLen":17}""", "network must be able to accommodate at least four subnets")] // row 3
    [InlineData("""{"Network":"10.3.0.0/29","SubnetLen":30}""", "network must be able to accommodate at least four subnets")] // row 3
    [InlineData("""{"Network":"10.0.0.0/29"}""", "network is too small. Minimum useful network prefix is /28")] // row 4
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.4.0.0","SubnetMax":"10.5.0.0"}""", "SubnetMin is not in the range of the Network")] // row 8
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.0.1","SubnetMax":"10.5.0.0"}""", "SubnetMax is not in the range of the Network")] // row 10
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMin":"10.3.1.7","SubnetMax":"10.3.2.7"}""", "SubnetMin is not on a SubnetLen boundary: 10.3.1.7")] // row 11
    [InlineData("""{"Network":"10.3.0.0/16","SubnetMax":"10.3.2.7"}""", "SubnetMax is not on a SubnetLen boundary: 10.3.2.7")] // row 12
    public void An_IPv4_range_that_does_not_fit_fails_at_the_first_rule(string json, string reason) =>
        Refused(json, reason);

    [Theory]
    [InlineData("", "please define a correct IPv6Network parameter in the flannel config")] // row 1
    [InlineData("\"IPv6Network\":\"::/0\"", "please define a correct IPv6Network parameter in the flannel config")] // row 1
    [InlineData("\"IPv6Network\":\"fc00::/126\",\"IPv6SubnetLen\":127", "SubnetLen must be less than /127")] // row 2
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetLen\":49", "network must be able to accommodate at least four subnets")] // row 3
    [InlineData("\"IPv6Network\":\"fc00::/125\"", "IPv6Network is too small. Minimum useful network prefix is /124")] // row 4
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMin\":\"fd00::\"", "IPv6SubnetMin is not in the range of the IPv6Network")] // row 8
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMax\":\"fd00::\"", "IPv6SubnetMax is not in the range of the IPv6Network")] // row 10
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMin\":\"fc00::1\"", "IPv6SubnetMin is not on a SubnetLen boundary: fc00::1")] // row 11
    [InlineData("\"IPv6Network\":\"fc00::/48\",\"IPv6SubnetMax\":\"fc00::1\"", "IPv6SubnetMax is not on a SubnetLen boundary: fc00::1")] // row 12
    public void An_IPv6_range_that_does_not_fit_fails_at_the_first_rule(string keys, string reason) =>
        Refused($$"""{"EnableIPv4":false,"EnableIPv6":true{{(keys.Length > 0 ? "," : "")}}{{keys}}}""", reason);

    [Fact]
    public void No_family_at_all_is_told_when_it_is_asked_for()
    {
        var config = NetworkConfig.Parse("""{"EnableIPv4":false}""");

        Assert.Contains("none defined stack", Assert.Throws<ConfigException>(config.RequireFamily).Message, StringComparison.Ordinal);
        NetworkConfig.Parse("""{"Network":"10.3.0.0/16"}""").RequireFamily();
    }

    private static string Refused(string json, string reason)
    {
        var message = Assert.Throws<ConfigException>(() => NetworkConfig.Parse(json)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        return message;
    }
}
