using System.Text;
using Flannel.Cni;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>ADD and DEL through a delegate that is a program.</summary>
public sealed class FlannelPluginTests : IDisposable
{
    private const string Subnet = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n";

    private const string Generated =
        """{"cniVersion":"1.0.0","ipMasq":false,"ipam":{"ranges":[[{"subnet":"10.1.17.0/24"}]],"routes":[{"dst":"10.1.0.0/16"}],"type":"host-local"},"isGateway":true,"mtu":1472,"name":"cni-flannel","type":"bridge"}""";

    private readonly string _folder = Scratch.NewFolder("cni");
    private readonly RecordingDelegate _delegate = new();
    private readonly FlannelPlugin _plugin = new();
    private readonly StringWriter _diagnostics = new();

    public FlannelPluginTests()
    {
        File.WriteAllText(SubnetFile, Subnet);
        _delegate.Answer("""{"cniVersion":"1.0.0","ips":[{"address":"10.1.17.2/24"}]}""", 0, "a word from the delegate\n");
    }

    private string SubnetFile => Path.Combine(_folder, "subnet.env");

    private string DataDirectory => Path.Combine(_folder, "data");

    private string Saved => Path.Combine(DataDirectory, "c1");

    [Fact]
    [Trait("case", "Q1")]
    public void Add_saves_what_the_delegate_is_told_and_delete_forgets_it()
    {
        Assert.Equal("10.1.17.2/24", Assert.Single(_plugin.Add(Call(CniCommand.Add)).Ips).Address.ToString());

        Assert.Equal(Generated, File.ReadAllText(Saved));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Saved));
        Assert.Equal(Generated, _delegate.Input);
        Assert.Equal(
            ["CNI_ARGS=K=V", "CNI_COMMAND=ADD", "CNI_CONTAINERID=c1", "CNI_IFNAME=eth0", "CNI_NETNS=/run/netns/none", $"CNI_PATH={_delegate.Folder}"], _delegate.Environment);
        Assert.Equal($"{Generated}\na word from the delegate\n", _diagnostics.ToString());

        File.Delete(SubnetFile);
        _plugin.Delete(Call(CniCommand.Del));
        _plugin.Delete(Call(CniCommand.Del));

        Assert.Empty(Directory.EnumerateFileSystemEntries(DataDirectory));
        Assert.Equal(["ADD", "DEL"], _delegate.Commands);
        Assert.Equal(Generated, _delegate.Input);
        Assert.DoesNotContain("failed to parse", _diagnostics.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_delegate_that_fails_is_quoted_and_what_was_saved_stays()
    {
        _delegate.Answer("""{"code":11,"msg":"no address left","details":"in 10.1.17.0/24"}""", 1);

        var fault = Assert.Throws<CniException>(() => _plugin.Add(Call(CniCommand.Add)));
        Assert.Equal((11, "failed to delegate add: no address left", "in 10.1.17.0/24"), (fault.Code, fault.Message, fault.Details));
        Assert.True(File.Exists(Saved));

        Assert.Equal("no address left", Assert.Throws<CniException>(() => _plugin.Delete(Call(CniCommand.Del))).Message);
        Assert.True(File.Exists(Saved));

        _delegate.Answer("", 0);
        _plugin.Delete(Call(CniCommand.Del));
        Assert.False(File.Exists(Saved));
    }

    [Fact]
    public void A_delegate_nobody_has_is_named_with_where_it_was_looked_for()
    {
        var fault = Assert.Throws<CniException>(() => _plugin.Add(Call(CniCommand.Add, more: ""","delegate":{"type":"ptp"}""")));

        Assert.Equal($"failed to delegate add: failed to find plugin \"ptp\" in path [{_delegate.Folder}]", fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"type\":\"bri")]
    [InlineData("{}")]
    [InlineData("[]")]
    public void What_was_saved_and_cannot_be_read_is_told_and_removed(string content)
    {
        Directory.CreateDirectory(DataDirectory);
        File.WriteAllText(Saved, content);

        _plugin.Delete(Call(CniCommand.Del));

        Assert.StartsWith("failed to parse netconf: c1: ", _diagnostics.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Saved));
        Assert.Empty(_delegate.Commands);
    }

    [Fact]
    public void A_write_that_was_killed_leaves_the_saved_words_as_they_were()
    {
        _plugin.Add(Call(CniCommand.Add));
        File.WriteAllText(Path.Combine(DataDirectory, ".c1.tmp"), "{\"ty");

        _plugin.Delete(Call(CniCommand.Del));
        _plugin.Add(Call(CniCommand.Add));

        Assert.Equal(["c1"], Directory.EnumerateFiles(DataDirectory).Select(file => Path.GetFileName(file)));
    }

    [Fact]
    public void Check_succeeds_and_asks_nobody()
    {
        _plugin.Check(Call(CniCommand.Check));

        Assert.Empty(_delegate.Commands);
    }

    [Fact]
    [Trait("case", "Q5")]
    public void Files_are_where_the_configuration_says_or_where_they_have_always_been()
    {
        var given = FlannelConfig.Read(Call(CniCommand.Add).Config);
        var defaults = FlannelConfig.Read(PluginConfig.Parse("{}"u8.ToArray()));

        Assert.Equal((SubnetFile, DataDirectory), (given.SubnetFile, given.DataDirectory));
        Assert.Equal(("/run/flannel/subnet.env", "/var/lib/cni/flannel"), (defaults.SubnetFile, defaults.DataDirectory));
        Assert.Equal(TimeSpan.FromSeconds(5), defaults.Timeout);
    }

    [Fact]
    public void A_malformed_configuration_says_that_it_is_flannels() => Assert.Equal(
        "failed to load flannel netconf file: failed to load netconf: delegate must be an object, not 1",
        Assert.Throws<CniException>(() => _plugin.Add(Call(CniCommand.Add, more: ""","delegate":1"""))).Message);

    public void Dispose() => _diagnostics.Dispose();

    private CniCall Call(CniCommand command, string more = "") => new()
    {
        Command = command,
        ContainerId = "c1",
        Netns = "/run/netns/none",
        IfName = "eth0",
        Args = "K=V",
        Path = _delegate.Folder,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(
            $$"""{"name":"cni-flannel","type":"flannel","cniVersion":"1.0.0","subnetFile":"{{SubnetFile}}","dataDir":"{{DataDirectory}}","executeDelegate":true{{more}}}""")),
        Diagnostics = _diagnostics,
    };
}
