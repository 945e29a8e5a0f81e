using Flannel.Config;
using Xunit;

namespace Flannel.UnitTests.Config;

public sealed class VxlanOptionsTests
{
    [Fact]
    public void Nothing_given_gives_the_defaults() => Assert.Equal(new VxlanOptions { Vni = 1 }, VxlanOptions.Parse("""{"Type":"vxlan"}"""));

    [Fact]
    public void Every_option_is_read_in_any_case()
    {
        var options = VxlanOptions.Parse("""
            {"type":"vxlan","vni":16777215,"port":4789,"gbp":true,"directrouting":true,"learning":true,"mtu":9000,"txchecksumoffload":"OFF","MacPrefix":"0E-2A"}
            """);

        var expected = new VxlanOptions
        {
            Vni = 0xffffff,
            Port = 4789,
            Gbp = true,
            DirectRouting = true,
            Learning = true,
            Mtu = 9000,
            TxChecksumOffload = TxChecksumOffload.Off,
        };
        Assert.Equal(expected, options);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("[]", "a JSON object is needed, not []")]
    [InlineData("""{"VNI":16777216}""", "VNI must be a whole number from 0 to 16777215, not 16777216")]
    [InlineData("""{"VNI":-1}""", "VNI must be")]
    [InlineData("""{"VNI":"1"}""", "not \"1\"")]
    [InlineData("""{"Port":65536}""", "Port must be a whole number from 0 to 65535")]
    [InlineData("""{"MTU":100}""", "MTU must be 0 or a whole number from 118 to 65535, not 100")]
    [InlineData("""{"GBP":"yes"}""", "GBP must be true or false")]
    [InlineData("""{"TxChecksumOffload":true}""", "TxChecksumOffload must be one of \"auto\", \"on\", \"off\", not true")]
    [InlineData("""{"TxChecksumOffload":"1"}""", "TxChecksumOffload must be one of")]
    public void What_cannot_be_used_is_refused_by_name(string json, string reason)
    {
        var message = Assert.Throws<ConfigException>(() => VxlanOptions.Parse(json)).Message;

        Assert.StartsWith("error decoding VXLAN backend config: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }
}
