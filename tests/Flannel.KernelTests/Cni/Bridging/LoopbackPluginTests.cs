using System.Text.Json;
using Flannel.Cni;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.KernelTests.Cni.Bridging;

/// <summary>The plugin loopback beside that of Debian's containernetworking-plugins.</summary>
public sealed class LoopbackPluginTests : IDisposable
{
    private const string Previous = """
        {"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[{"address":"10.1.0.5/24","interface":0}],"routes":[{"dst":"0.0.0.0/0"}]}
        """;

    private readonly BridgeBed _bed = new();

    [Theory]
    [InlineData("")]
    [InlineData(",\"prevResult\":" + Previous)]
    public async Task Both_bring_it_up_with_equal_results_and_take_it_down(string members)
    {
        var config = JsonElement.Parse($$"""{"cniVersion":"1.0.0","name":"lo","type":"loopback"{{members}}}""");
        var (ours, theirs) = (_bed.AddPod(), _bed.AddPod());

        Assert.Equal(
            KernelPicture.OfDocument(_bed.Add(PluginMaker.Debian, theirs, config)), KernelPicture.OfDocument(_bed.Add(PluginMaker.Ours, ours, config)));

        Assert.Equal(await theirs.PictureAsync(), await ours.PictureAsync());
        _bed.Delete(PluginMaker.Debian, ours.Netns.Path, config);
        _bed.Delete(PluginMaker.Ours, theirs.Netns.Path, config);
        Assert.False(ours.Netlink.GetLink("lo")!.IsUp);
        Assert.False(theirs.Netlink.GetLink("lo")!.IsUp);
    }

    [Fact]
    public void CHECK_finds_a_device_that_is_down()
    {
        var pod = _bed.AddPod();
        var config = JsonElement.Parse("""{"cniVersion":"1.0.0","name":"lo","type":"loopback"}""");
        var result = _bed.Add(PluginMaker.Ours, pod, config);
        _bed.Check(PluginMaker.Ours, pod, config, result);

        _bed.Delete(PluginMaker.Ours, pod.Netns.Path, config);

        Assert.Equal("loopback interface is down", Assert.Throws<CniException>(() => _bed.Check(PluginMaker.Ours, pod, config, result)).Message);
    }

    [Fact]
    public void A_namespace_that_is_gone_is_no_fault_of_DEL() =>
        _bed.Delete(PluginMaker.Ours, "/run/netns/there-is-none", JsonElement.Parse("""{"cniVersion":"1.0.0","name":"lo","type":"loopback"}"""));

    public void Dispose() => _bed.Dispose();
}
