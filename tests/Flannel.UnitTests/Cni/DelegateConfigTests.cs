using System.Text;
using Flannel.Cni;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>The configuration of the delegate, byte for byte.</summary>
public sealed class DelegateConfigTests
{
    private const string IPv4 = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string TwoNetworks = "FLANNEL_NETWORK=10.1.0.0/16,192.168.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string IPv6 = "FLANNEL_IPV6_NETWORK=fc00::/48\nFLANNEL_IPV6_SUBNET=fc00::1/64\n";
    private const string Tail = "FLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n";
    private const string Minimal = """{"name":"cni-flannel","type":"flannel"}""";

    [Fact]
    public void The_example_of_the_contract() => Assert.Equal(
        """{"cniVersion":"0.3.1","hairpinMode":true,"ipMasq":false,"ipam":{"ranges":[[{"subnet":"10.9.44.0/24"}]],"routes":[{"dst":"10.9.0.0/16"}],"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1450,"name":"n1","type":"bridge"}""",
        Generate(
            """{"name":"n1","type":"flannel","cniVersion":"0.3.1","delegate":{"hairpinMode":true,"isDefaultGateway":true}}""",
            "FLANNEL_NETWORK=10.9.0.0/16\nFLANNEL_SUBNET=10.9.44.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"));

    [Theory]
    [Trait("case", "Q1")]
    [Trait("case", "Q2")]
    [Trait("case", "Q3")]
    [Trait("case", "Q4")]
    [Trait("case", "Q10")]
    [InlineData(IPv4, """[{"dst":"10.1.0.0/16"}]""", """[[{"subnet":"10.1.17.0/24"}]]""")]
    [InlineData(TwoNetworks, """[{"dst":"10.1.0.0/16"},{"dst":"192.168.0.0/16"}]""", """[[{"subnet":"10.1.17.0/24"}]]""")]
    [InlineData(IPv6, """[{"dst":"fc00::/48"}]""", """[[{"subnet":"fc00::/64"}]]""")]
    [InlineData(IPv6 + IPv4, """[{"dst":"10.1.0.0/16"},{"dst":"fc00::/48"}]""", """[[{"subnet":"10.1.17.0/24"}],[{"subnet":"fc00::/64"}]]""")]
    public void Each_family_has_its_range_and_its_routes_IPv4_first(string file, string routes, string ranges)
    {
        Assert.Equal(
            $$"""{"ipMasq":false,"ipam":{"ranges":{{ranges}},"routes":{{routes}},"type":"host-local"},"isGateway":true,"mtu":1472,"name":"cni-flannel","type":"bridge"}""",
            Generate(Minimal, file + Tail));
    }

    [Fact]
    [Trait("case", "Q8")]
    public void The_users_ipam_is_kept_and_its_routes_come_first() => Assert.Equal(
        """{"ipMasq":false,"ipam":{"more":{"x":1.5},"ranges":[[{"subnet":"10.1.17.0/24"}],[{"subnet":"fc00::/64"}]],"routes":[{"dst":"10.2.3.4/8","gw":"10.1.17.9","mtu":1400,"priority":7,"table":0},{"dst":"fd00::/64"},{"dst":"10.1.0.0/16"},{"dst":"fc00::/48"}],"type":"my-ipam"},"isGateway":true,"mtu":1472,"name":"n1","type":"bridge"}""",
        Generate(
            """{"name":"n1","ipam":{"type":"my-ipam","more":{"x":1.50},"ranges":[[]],"routes":[{"gw":"10.1.17.9","dst":"10.2.3.4/8","table":0,"priority":7,"mtu":1400,"x":1},{"dst":"fd00::/64"}]}}""",
            IPv4 + IPv6 + Tail));

    [Fact]
    [Trait("case", "Q9")]
    public void An_ipam_without_a_type_is_host_local() => Assert.Contains(
        """{"dataDir":"/x","ranges":[[{"subnet":"10.1.17.0/24"}]],"routes":[{"dst":"10.1.0.0/16"}],"type":"host-local"}""",
        Generate("""{"name":"n1","ipam":{"dataDir":"/x"}}""", IPv4 + Tail), StringComparison.Ordinal);

    [Fact]
    public void What_the_user_says_of_the_delegate_stands_also_where_it_is_null() => Assert.Equal(
        """{"bridge":"br\u003c1","ipMasq":true,"ipam":{"ranges":[[{"subnet":"10.1.17.0/24"}]],"routes":[{"dst":"10.1.0.0/16"}],"type":"host-local"},"isGateway":false,"mtu":null,"name":"n1","runtimeConfig":{"mac":"0a:00:00:00:00:01"},"type":"bridge"}""",
        Generate(
            """{"name":"n1","runtimeConfig":{"mac":"0a:00:00:00:00:01"},"delegate":{"bridge":"br<1","ipMasq":true,"mtu":null,"isGateway":false,"runtimeConfig":{"old":1}}}""",
            IPv4 + Tail));

    [Fact]
    public void Only_a_bridge_is_a_gateway_and_the_delegate_masquerades_where_flanneld_does_not() => Assert.Equal(
        """{"ipMasq":true,"ipam":{"ranges":[[{"subnet":"10.1.17.0/24"}]],"routes":[{"dst":"10.1.0.0/16"}],"type":"host-local"},"mtu":1472,"name":"n1","type":"ptp"}""",
        Generate("""{"name":"n1","delegate":{"type":"ptp"}}""", IPv4 + "FLANNEL_MTU=1472\nFLANNEL_IPMASQ=false\n"));

    [Theory]
    [InlineData("""{"delegate":{"type":1}}""", "'delegate' dictionary, if present, must have (string) 'type' field")]
    [InlineData("""{"delegate":{"type":null}}""", "'delegate' dictionary, if present, must have (string) 'type' field")]
    [InlineData("""{"delegate":{"name":"x"}}""", "'delegate' dictionary must not have 'name' field, it'll be set by flannel")]
    [InlineData("""{"delegate":{"ipam":{}}}""", "'delegate' dictionary must not have 'ipam' field, it'll be set by flannel")]
    [InlineData("""{"delegate":5}""", "failed to load netconf: delegate must be an object, not 5")]
    [InlineData("""{"ipam":{"routes":[{"dst":"x"}]}}""", "failed to assemble Delegate IPAM: failed to read IPAM routes: failed to parse ipam.routes: invalid CIDR address: dst \"x\"")]
    [InlineData("""{"ipam":{"routes":{}}}""", "failed to assemble Delegate IPAM: failed to read IPAM routes: failed to parse ipam.routes: failed to load netconf: routes must be an array, not {}")]
    public void What_cannot_be_the_base_of_a_configuration_is_refused(string config, string message) =>
        Assert.Equal(message, Assert.Throws<CniException>(() => Generate(config, IPv4 + Tail)).Message);

    private static string Generate(string config, string file)
    {
        var own = PluginConfig.Parse(Encoding.UTF8.GetBytes(config));
        return Encoding.UTF8.GetString(DelegateConfig.Create(own, FlannelConfig.Read(own), SubnetEnv.Parse(file, "f")).Utf8.Span);
    }
}
