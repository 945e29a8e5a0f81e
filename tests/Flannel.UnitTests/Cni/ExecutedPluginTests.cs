using System.Text;
using Flannel.Cni;
using Xunit;

namespace Flannel.UnitTests.Cni;

public sealed class ExecutedPluginTests
{
    private readonly RecordingDelegate _program = new("ptp");

    [Theory]
    [InlineData("", "/bin", "no plugin name provided")]
    [InlineData("../sh", "/bin", "invalid plugin name: ../sh")]
    [InlineData("ptp", "", "no paths provided")]
    [InlineData("ptp", "/nowhere:/neither", "failed to find plugin \"ptp\" in path [/nowhere /neither]")]
    public void A_plugin_that_cannot_be_found_is_named(string type, string path, string message) =>
        Assert.Equal(message, Assert.Throws<CniException>(() => ExecutedPlugin.Find(type, path)).Message);

    [Theory]
    [InlineData("", "", "netplugin failed with no error message: exit status 3")]
    [InlineData("", "out of luck\n", "netplugin failed: out of luck: exit status 3")]
    [InlineData("no JSON", "", "netplugin failed but error parsing its diagnostic message: exit status 3")]
    [InlineData("""{"msg":5}""", "", "netplugin failed but error parsing its diagnostic message: exit status 3")]
    [InlineData("""{"code":7,"msg":"bad name"}""", "noise", "bad name")]
    public void A_plugin_that_fails_is_quoted(string output, string error, string message)
    {
        _program.Answer(output, 3, error);

        Assert.Equal(message, Assert.Throws<CniException>(() => Plugin.Delete(Call())).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"ips\":")]
    [InlineData("7")]
    [InlineData("""{"ips":[{"address":"x"}]}""")]
    public void A_result_that_is_none_is_an_error_although_the_plugin_says_it_went_well(string output)
    {
        _program.Answer(output, 0);

        Assert.Equal(CniException.DecodingFailure, Assert.Throws<CniException>(() => Plugin.Add(Call())).Code);
    }

    [Fact]
    public void A_program_that_is_still_being_written_is_waited_for()
    {
        _program.Answer("{}", 0);
        var file = new FileStream(_program.ToString(), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        using var closing = new Timer(_ => file.Dispose(), null, TimeSpan.FromMilliseconds(50), Timeout.InfiniteTimeSpan);

        Assert.Empty(Plugin.Add(Call()).Ips);
    }

    private ExecutedPlugin Plugin => ExecutedPlugin.Find("ptp", $"/nowhere::{_program.Folder}");

    private static CniCall Call() => new() { Command = CniCommand.Add, Config = PluginConfig.Parse(Encoding.UTF8.GetBytes("""{"cniVersion":"1.0.0"}""")) };
}
