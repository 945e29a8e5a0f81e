using Flannel.Cni;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class SubnetEnvTests
{
    private const string Tail = "FLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n";

    [Fact]
    [Trait("case", "Q6")]
    public void Each_family_gives_its_networks_and_its_subnet_without_host_bits()
    {
        var both = SubnetEnv.Parse(
            "FLANNEL_NETWORK=10.1.0.0/16,192.168.0.0/16,10.1.9.9/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_IPV6_NETWORK=fc00::/48\nFLANNEL_IPV6_SUBNET=fc00::1/64\n" + Tail, "f");

        Assert.Equal(["10.1.0.0/16", "192.168.0.0/16"], both.Networks.Select(network => network.ToString()));
        Assert.Equal("10.1.17.0/24", both.Subnet.ToString());
        Assert.Equal(["fc00::/48"], both.IPv6Networks.Select(network => network.ToString()));
        Assert.Equal("fc00::/64", both.IPv6Subnet.ToString());
        Assert.Equal((1472u, true), (both.Mtu, both.IPMasq));
    }

    [Theory]
    [Trait("case", "Q7")]
    [InlineData("foo=bar", "FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ")]
    [InlineData("FLANNEL_IPV6_NETWORK=fc00::/48\nFLANNEL_MTU=1", "FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_IPMASQ")]
    [InlineData("export FLANNEL_MTU=1\n#FLANNEL_IPMASQ=true\nFLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.1.0/24", "FLANNEL_MTU, FLANNEL_IPMASQ")]
    public void Whatever_is_missing_is_named_at_once(string text, string missing) =>
        Assert.Equal($"/run/f is missing {missing}", Assert.Throws<FormatException>(() => SubnetEnv.Parse(text, "/run/f")).Message);

    [Theory]
    [InlineData("FLANNEL_NETWORK=10.1.0.0/16,x", "invalid CIDR address: x")]
    [InlineData("FLANNEL_NETWORK=", "invalid CIDR address: ")]
    [InlineData("FLANNEL_SUBNET=10.1.17.1", "invalid CIDR address: 10.1.17.1")]
    [InlineData("FLANNEL_MTU=-1", "f: FLANNEL_MTU must be a number of bytes, not \"-1\"")]
    [InlineData("FLANNEL_MTU=4294967296", "f: FLANNEL_MTU must be a number of bytes, not \"4294967296\"")]
    [InlineData("FLANNEL_MTU", "f: FLANNEL_MTU has no value")]
    public void A_value_that_is_none_is_an_error(string line, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() =>
        SubnetEnv.Parse("FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n" + Tail + line, "f")).Message);

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("TRUE", false)]
    [InlineData("", false)]
    public void Only_the_very_word_masquerades(string value, bool expected) => Assert.Equal(expected, SubnetEnv.Parse(
        $"FLANNEL_NETWORK=10.1.0.0/16\r\nFLANNEL_SUBNET=10.1.17.1/24\r\nFLANNEL_MTU=1\r\nFLANNEL_IPMASQ=true\r\nFLANNEL_IPMASQ={value}", "f").IPMasq);

    [Fact]
    public void Any_text_is_a_subnet_file_or_refused()
    {
        var lines = Gen.OneOf(
            Gen.Elements("FLANNEL_NETWORK", "FLANNEL_SUBNET", "FLANNEL_IPV6_NETWORK", "FLANNEL_IPV6_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ", "=", ""),
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        var values = Gen.OneOf(Gen.Elements("10.1.0.0/16", "fc00::/48", "/", ",", "10.1.0.0/33", "1", "true", "\0"), ArbMap.Default.GeneratorFor<string>());
        var texts = from keys in lines.ArrayOf(8)
                    from given in values.ArrayOf(8)
                    from signs in Gen.Elements("=", "", "==").ArrayOf(8)
                    select string.Concat(Enumerable.Range(0, 8).Select(i => $"{keys[i]}{signs[i]}{given[i]}\n"));
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            try
            {
                SubnetEnv.Parse(text, "f");
            }
            catch (FormatException)
            {
                // The one way to refuse.
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }
}
