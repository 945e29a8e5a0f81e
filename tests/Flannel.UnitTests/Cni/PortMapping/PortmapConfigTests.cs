using System.Text;
using Flannel.Cni;
using Flannel.Cni.Netfilter;
using Flannel.Cni.PortMapping;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Cni.PortMapping;

public sealed class PortmapConfigTests
{
    private const string Ports = """ "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"TCP","hostIP":"::ffff:10.0.0.1"}]} """;

    [Fact]
    public void What_is_not_said_has_the_defaults_of_the_standard_plugin()
    {
        var config = Read("");

        Assert.True(config.MasqueradesLocal);
        Assert.False(config.MasqueradesAll);
        Assert.Equal(13, config.MarkBit);
        Assert.Null(config.Backend);
        Assert.Empty(config.Mappings);
        Assert.Empty(config.Addresses);
    }

    [Fact]
    public void A_mapping_is_read_with_its_protocol_in_small_letters_and_a_mapped_address_as_IPv4()
    {
        var mapping = Assert.Single(Read(Ports).Mappings);

        Assert.Equal((8080, 80, "tcp", "10.0.0.1"), (mapping.HostPort, mapping.ContainerPort, mapping.Protocol, mapping.Destination!.ToString()));
        Assert.True(mapping.Concerns(isIPv6: false));
        Assert.False(mapping.Concerns(isIPv6: true));
    }

    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", true)]
    public void An_unspecified_host_address_means_all_of_its_family(string address, bool isIPv6)
    {
        var mapping = Assert.Single(Read(Ports.Replace("::ffff:10.0.0.1", address, StringComparison.Ordinal)).Mappings);

        Assert.Null(mapping.Destination);
        Assert.True(mapping.Concerns(isIPv6));
        Assert.False(mapping.Concerns(!isIPv6));
    }

    [Fact]
    public void The_container_s_addresses_are_the_first_of_each_family_on_its_own_interface()
    {
        var config = Read(
            """
            "prevResult":{"cniVersion":"1.0.0","interfaces":[{"name":"cni0"},{"name":"eth0","sandbox":"/run/netns/x"}],"ips":[
              {"address":"10.5.7.1/24","interface":0},{"address":"fd00::2/64","interface":1},
              {"address":"10.5.7.2/24","interface":1},{"address":"10.5.7.3/24"}]}
            """);

        Assert.Equal([Cidr.Parse("10.5.7.2/24"), Cidr.Parse("fd00::2/64")], config.Addresses);
    }

    [Theory]
    [InlineData("""{"hostPort":0,"containerPort":80,"protocol":"tcp"}""", "Invalid host port number: 0")]
    [InlineData("""{"hostPort":80,"containerPort":65536,"protocol":"tcp"}""", "Invalid container port number: 65536")]
    [InlineData("""{"hostPort":80,"containerPort":80}""", "Invalid protocol: \"\", which is none of tcp, udp, sctp")]
    [InlineData("""{"hostPort":80,"containerPort":80,"protocol":"tcp","hostIP":"here"}""", "Invalid hostIP: \"here\"")]
    public void A_mapping_that_is_none_is_refused(string mapping, string message) =>
        AssertRefused($$""" "runtimeConfig":{"portMappings":[{{mapping}}]} """, message);

    [Theory]
    [InlineData("\"markMasqBit\":32", "MasqMarkBit must be between 0 and 31")]
    [InlineData("\"markMasqBit\":13,\"externalSetMarkChain\":\"KUBE-MARK-MASQ\"", "Cannot specify externalSetMarkChain and markMasqBit")]
    [InlineData("\"backend\":\"ipfw\"", "unrecognized backend \"ipfw\"")]
    [InlineData("\"conditionsV4\":[\"-d\",\"1.2.3.4\\n-F\"]", "a line end in \"1.2.3.4 -F\"")]
    public void Options_that_make_no_sense_are_refused(string options, string message) => AssertRefused(options, message);

    [Theory]
    [InlineData("\"conditionsV4\":[\"ip\",\"saddr\",\"1.2.3.4\"]", RuleBackend.Iptables, "iptables backend was requested but configuration contains nftables-specific options [conditionsV4]")]
    [InlineData("\"conditionsV6\":[\"!\",\"-d\",\"fd00::1\"],\"externalSetMarkChain\":\"X\"", RuleBackend.Nftables, "nftables backend was requested but configuration contains iptables-specific options [externalSetMarkChain conditionsV6]")]
    public void Options_of_the_other_backend_are_refused(string options, object backend, string message)
    {
        var config = Read(options);

        Assert.Equal(message, Assert.Throws<CniException>(() => config.RequireOptionsOf((RuleBackend)backend)).Message);
    }

    private static void AssertRefused(string options, string message)
    {
        var fault = Assert.Throws<CniException>(() => Read(options));
        Assert.Equal((CniException.InvalidConfig, message), (fault.Code, fault.Message));
    }

    private static PortmapConfig Read(string members) => PortmapConfig.Read(new CniCall
    {
        Command = CniCommand.Add,
        ContainerId = "abc123",
        IfName = "eth0",
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes($$"""{"cniVersion":"1.0.0","name":"cbr0","type":"portmap"{{(members.Length == 0 ? "" : ",")}}{{members}}}""")),
    });
}
