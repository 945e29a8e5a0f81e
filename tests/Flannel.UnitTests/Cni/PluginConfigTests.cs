using System.Text;
using Flannel.Cni;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class PluginConfigTests
{
    [Fact]
    public void Names_of_members_match_in_any_case_and_the_last_counts()
    {
        var config = Parse("""{"NAME":"first","name":"n1","Type":"flannel","ipam":{"TYPE":"host-local"}}""");

        Assert.Equal("n1", config.Name);
        Assert.Equal("flannel", config.Type);
        Assert.Equal("host-local", config.IpamType);
    }

    [Fact]
    public void A_configuration_without_a_version_is_of_the_oldest()
    {
        Assert.Equal(CniVersion.V010, Parse("{}").CniVersion);
        Assert.False(Parse("""{"cniVersion":""}""").HasVersion);
    }

    [Theory]
    [InlineData("2.0.0")]
    [InlineData("latest")]
    public void A_version_nobody_knows_is_refused_with_all_that_are_known(string version)
    {
        var fault = Assert.Throws<CniException>(() => Parse($$"""{"cniVersion":"{{version}}"}"""));

        Assert.Equal((CniException.IncompatibleVersion, "incompatible CNI versions"), (fault.Code, fault.Message));
        Assert.Equal($"""config is "{version}", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]""", fault.Details);
    }

    [Theory]
    [InlineData("{\n\"name\": }", "failed to load netconf: malformed JSON at line 2, byte 9")]
    [InlineData("", "failed to load netconf: malformed JSON at line 1, byte 1")]
    [InlineData("[]", "failed to load netconf: it is not a JSON object")]
    [InlineData("""{"name":5}""", "failed to load netconf: name must be a string, not 5")]
    public void What_is_no_configuration_is_refused_by_its_place_or_member(string text, string message)
    {
        var fault = Assert.Throws<CniException>(() => Parse(text));

        Assert.Equal((CniException.DecodingFailure, message), (fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("a\\ud800", "a\ufffd")]
    [InlineData("\\udc00\\ud83d\\ude00", "\ufffd\U0001f600")]
    [InlineData("\\\\ud800", "\\ud800")]
    public void Half_a_character_is_replaced(string escaped, string name) => Assert.Equal(name, Parse($$"""{"name":"{{escaped}}"}""").Name);

    [Fact]
    public void Bytes_that_are_no_text_are_replaced() =>
        Assert.Equal("a\ufffdb", PluginConfig.Parse((byte[])[.. "{\"name\":\"a"u8, 0xff, .. "b\"}"u8]).Name);

    [Fact]
    public void The_previous_result_is_read_by_its_own_version()
    {
        var config = Parse("""{"cniVersion":"1.0.0","prevResult":{"cniVersion":"0.2.0","ip4":{"ip":"10.1.17.2/24"}}}""");

        Assert.Equal("10.1.17.2/24", Assert.Single(config.PreviousResult!.Ips).Address.ToString());
        Assert.Null(Parse("{}").PreviousResult);
    }

    [Fact]
    public void Attachments_that_are_null_are_none_and_those_not_named_are_unknown()
    {
        Assert.Null(Parse("{}").ValidAttachments);
        Assert.Empty(Parse("""{"cni.dev/valid-attachments":null}""").ValidAttachments!);
        Assert.Equal(
            [new CniAttachment("c1", "eth0")], Parse("""{"cni.dev/attachments":[{"containerID":"c1","ifname":"eth0"}]}""").ValidAttachments!);
    }

    private static PluginConfig Parse(string text) => PluginConfig.Parse(Encoding.UTF8.GetBytes(text));
}
