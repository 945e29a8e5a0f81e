using System.Net;
using System.Text;
using System.Text.Json;
using Flannel.Cni;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>The bytes of result documents are those that the plugins of the specification's own library write.</summary>
public sealed class CniResultJsonTests
{
    private static readonly CniResult Dual = new()
    {
        Interfaces =
        [
            new CniInterface("cni0") { Mac = "0a:58:0a:01:11:01", Mtu = 1472 },
            new CniInterface("eth0") { Mac = "0a:58:0a:01:11:02", Sandbox = "/run/netns/blue" },
        ],
        Ips =
        [
            new CniAddress(Cidr.Parse("10.1.17.2/24")) { Gateway = IPAddress.Parse("10.1.17.1"), Interface = 1 },
            new CniAddress(Cidr.Parse("fc00::2/64")) { Interface = 1 },
        ],
        Routes =
        [
            new CniRoute(Cidr.Parse("10.1.0.0/16")),
            new CniRoute(Cidr.Parse("fc00::/48")) { Gateway = IPAddress.Parse("fc00::1"), Mtu = 1400, Table = 0 },
        ],
    };

    [Theory]
    [InlineData("0.2.0", """{"cniVersion":"0.2.0","ip4":{"ip":"10.1.17.2/24","gateway":"10.1.17.1","routes":[{"dst":"10.1.0.0/16"}]},"ip6":{"ip":"fc00::2/64","routes":[{"dst":"fc00::/48","gw":"fc00::1"}]},"dns":{}}""")]
    [InlineData("0.3.1", """{"cniVersion":"0.3.1","interfaces":[{"name":"cni0","mac":"0a:58:0a:01:11:01"},{"name":"eth0","mac":"0a:58:0a:01:11:02","sandbox":"/run/netns/blue"}],"ips":[{"version":"4","interface":1,"address":"10.1.17.2/24","gateway":"10.1.17.1"},{"version":"6","interface":1,"address":"fc00::2/64"}],"routes":[{"dst":"10.1.0.0/16"},{"dst":"fc00::/48","gw":"fc00::1","mtu":1400,"table":0}],"dns":{}}""")]
    [InlineData("1.1.0", """{"cniVersion":"1.1.0","interfaces":[{"mac":"0a:58:0a:01:11:01","mtu":1472,"name":"cni0"},{"mac":"0a:58:0a:01:11:02","name":"eth0","sandbox":"/run/netns/blue"}],"ips":[{"address":"10.1.17.2/24","gateway":"10.1.17.1","interface":1},{"address":"fc00::2/64","interface":1}],"routes":[{"dst":"10.1.0.0/16"},{"dst":"fc00::/48","gw":"fc00::1","mtu":1400,"table":0}]}""")]
    public void Each_version_has_its_own_words(string version, string expected) => Assert.Equal(expected, Write(Dual, CniVersion.Parse(version)));

    [Fact]
    public void A_document_is_indented_by_four_blanks() =>
        Assert.Equal("{\n    \"cniVersion\": \"1.0.0\",\n    \"ips\": [\n        {\n            \"address\": \"10.1.17.2/24\"\n        }\n    ]\n}", Write(
            new CniResult { Ips = [new CniAddress(Cidr.Parse("10.1.17.2/24"))] }, CniVersion.V100, CniResultJson.DocumentOptions));

    [Theory]
    [InlineData("0.1.0")]
    [InlineData("0.2.0")]
    public void The_oldest_versions_cannot_say_that_there_is_no_address(string version) =>
        Assert.Equal("cannot convert: no valid IP addresses", Assert.Throws<CniException>(() => Write(new CniResult(), CniVersion.Parse(version))).Message);

    [Fact]
    public void What_is_written_is_read_again_by_every_version()
    {
        foreach (var version in CniVersion.Supported)
        {
            var written = Write(Dual with { Dns = new CniDns { Nameservers = ["10.0.0.2"], Domain = "example", Search = ["a", "b"], Options = ["ndots:2"] } }, version);

            using var document = JsonDocument.Parse(written);
            Assert.Equal(written, Write(CniResultJson.Read(document.RootElement, CniVersion.Latest), version));
        }
    }

    [Fact]
    public void A_result_without_a_version_has_the_one_that_was_asked_for()
    {
        using var document = JsonDocument.Parse("""{"ip4":{"ip":"10.1.17.2/24"}}""");

        Assert.Equal("10.1.17.2/24", Assert.Single(CniResultJson.Read(document.RootElement, CniVersion.V020).Ips).Address.ToString());
        Assert.Empty(CniResultJson.Read(document.RootElement, CniVersion.V100).Ips);
    }

    private static string Write(CniResult result, CniVersion version, JsonWriterOptions options = default)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            CniResultJson.Write(json, result, version);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
