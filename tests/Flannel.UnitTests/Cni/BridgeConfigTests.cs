using System.Net;
using System.Text;
using Flannel.Cni;
using Flannel.Cni.Bridging;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class BridgeConfigTests
{
    [Fact]
    public void Without_options_there_is_a_plain_bridge()
    {
        var config = Read("");

        Assert.Equal("cni0", config.Bridge);
        Assert.False(config.IsGateway);
        Assert.False(config.FiltersVlans);
        Assert.False(config.HasAddresses);
        Assert.Null(config.Mac);
    }

    [Fact]
    public void A_default_gateway_is_a_gateway() => Assert.True(Read("\"isDefaultGateway\":true").IsGateway);

    [Theory]
    [InlineData("\"vlan\":4095", "invalid VLAN ID 4095 (must be between 0 and 4094)")]
    [InlineData("\"vlan\":-1", "invalid VLAN ID -1 (must be between 0 and 4094)")]
    [InlineData("\"vlanTrunk\":[{\"id\":0}]", "incorrect trunk id parameter")]
    [InlineData("\"vlanTrunk\":[{\"minID\":0,\"maxID\":5}]", "incorrect trunk minID parameter")]
    [InlineData("\"vlanTrunk\":[{\"minID\":5,\"maxID\":4095}]", "incorrect trunk maxID parameter")]
    [InlineData("\"vlanTrunk\":[{\"minID\":5,\"maxID\":4}]", "minID is greater than maxID in trunk parameter")]
    [InlineData("\"vlanTrunk\":[{\"minID\":5}]", "minID and maxID should be configured simultaneously, maxID is missing")]
    [InlineData("\"vlanTrunk\":[{\"maxID\":5}]", "minID and maxID should be configured simultaneously, minID is missing")]
    [InlineData("\"runtimeConfig\":{\"mac\":\"c2:11\"}", "failed to make veth pair: address c2:11: invalid MAC address")]
    [InlineData("\"isGateway\":\"yes\"", "failed to load netconf: isGateway must be true or false, not \"yes\"")]
    public void A_value_that_makes_no_sense_is_told(string members, string message) =>
        Assert.Equal(message, Assert.Throws<CniException>(() => Read(members)).Message);

    [Fact]
    public void A_trunk_is_as_few_ranges_as_there_can_be()
    {
        var config = Read("\"vlanTrunk\":[{\"id\":12},{\"minID\":10,\"maxID\":11},{\"id\":4094},{\"id\":12},{\"minID\":20,\"maxID\":20}]");

        Assert.Equal([new VlanRange(10, 12), new VlanRange(20, 20), new VlanRange(4094, 4094)], config.Trunk);
        Assert.True(config.FiltersVlans);
        Assert.True(Read("\"vlanTrunk\":[]").FiltersVlans);
    }

    [Theory]
    [InlineData("\"runtimeConfig\":{\"mac\":\"c2:00:00:00:00:01\"},\"args\":{\"cni\":{\"mac\":\"c2:00:00:00:00:02\"}}", "MAC=c2:00:00:00:00:03", "c2:00:00:00:00:01")]
    [InlineData("\"args\":{\"cni\":{\"mac\":\"c2:00:00:00:00:02\"}}", "MAC=c2:00:00:00:00:03", "c2:00:00:00:00:02")]
    [InlineData("", "IgnoreUnknown=true;X=y;MAC=c2:00:00:00:00:03", "c2:00:00:00:00:03")]
    public void A_MAC_of_the_capability_counts_before_that_of_args_and_of_the_environment(string members, string arguments, string mac) =>
        Assert.Equal(MacAddress.Parse(mac), Read(members, arguments).Mac);

    [Theory]
    [InlineData("MAC", "ARGS: invalid pair \"MAC\"")]
    [InlineData("A=b;MAC=c2:00:00:00:00:03;C=d", "ARGS: unknown args [\"A=b\" \"C=d\"]")]
    [InlineData("IgnoreUnknown=0;A=b", "ARGS: unknown args [\"A=b\"]")]
    public void Arguments_that_nobody_knows_are_told(string arguments, string message) =>
        Assert.Equal(message, Assert.Throws<CniException>(() => Read("", arguments)).Message);

    [Theory]
    [InlineData("\"hairpinMode\":true,\"promiscMode\":true")]
    [InlineData("\"disableContainerInterface\":true,\"ipam\":{\"type\":\"host-local\"}")]
    public void Options_that_contradict_each_other_are_refused_only_when_asked(string members) =>
        Assert.Throws<CniException>(Read(members).RefuseContradictions);

    [Fact]
    public void A_gateway_is_the_first_address_unless_ipam_says_otherwise()
    {
        var leased = new CniResult
        {
            Ips = [new(Cidr.Parse("10.1.0.7/24")), new(Cidr.Parse("fd00::7/64")) { Gateway = IPAddress.Parse("fd00::ff") }],
            Routes = [new(Cidr.Parse("0.0.0.0/0")), new(Cidr.Parse("::/0")) { Gateway = IPAddress.Parse("fd00::fe") }],
        };

        var plan = AddressPlan.Of(leased, Read("\"isDefaultGateway\":true"));

        Assert.Equal(["10.1.0.1/24", "fd00::ff/64"], plan.Gateways.Select(gateway => gateway.ToString()));
        Assert.Equal(["10.1.0.1", "fd00::ff"], plan.Ips.Select(ip => ip.Gateway!.ToString()));
        Assert.All(plan.Ips, ip => Assert.Equal(2, ip.Interface));
        Assert.Equal(["0.0.0.0/0 ", "::/0 fd00::fe", "0.0.0.0/0 10.1.0.1"], plan.Routes.Select(route => $"{route.Destination} {route.Gateway}"));
    }

    [Fact]
    public void Without_a_gateway_ipams_addresses_are_left_as_they_are()
    {
        var plan = AddressPlan.Of(new CniResult { Ips = [new(Cidr.Parse("10.1.0.7/24"))] }, Read(""));

        Assert.Empty(plan.Gateways);
        Assert.Null(Assert.Single(plan.Ips).Gateway);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\"vlan\":100", "bridge vlan delete dev if9 vid 1; bridge vlan add dev if9 vid 100 pvid untagged")]
    [InlineData("\"vlan\":100,\"preserveDefaultVlan\":true", "bridge vlan add dev if9 vid 100 pvid untagged")]
    [InlineData(
        "\"vlan\":100,\"vlanTrunk\":[{\"minID\":200,\"maxID\":202}]",
        "bridge vlan delete dev if9 vid 1; bridge vlan add dev if9 vid 100 pvid untagged; bridge vlan add dev if9 vid 200-202")]
    [InlineData("\"vlanTrunk\":[{\"id\":7}]", "bridge vlan delete dev if9 vid 1; bridge vlan add dev if9 vid 7; bridge vlan add dev if9 vid 1 pvid untagged")]
    public void A_port_joins_the_vlans_that_are_asked_for(string members, string lines)
    {
        var bridge = new Link { Index = 3, Name = "cni0", Kind = "bridge", Bridge = new BridgeAttributes { VlanFiltering = true, DefaultVlan = 1 } };

        Assert.Equal(lines, string.Join("; ", PortVlans.Join(9, bridge, Read(members))));
    }

    private static BridgeConfig Read(string members, string arguments = "") => BridgeConfig.Read(new CniCall
    {
        Command = CniCommand.Add,
        Args = arguments,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.0.0","name":"n","type":"bridge"{{(members.Length == 0 ? "" : ",")}}{{members}}}""")),
    });
}
