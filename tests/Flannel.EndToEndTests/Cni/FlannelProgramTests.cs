using System.Text.Json;
using Flannel.Cni;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>The cases of the contract (testing.md Q) on the program itself, with its own delegates: what it saves for DEL, and the addresses and routes the container gets.</summary>
public sealed class FlannelProgramTests : IAsyncLifetime
{
    private const string IPv4 = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string IPv6 = "FLANNEL_IPV6_NETWORK=fc00::/48\nFLANNEL_IPV6_SUBNET=fc00::1/64\n";
    private const string Two = "FLANNEL_NETWORK=10.1.0.0/16,192.168.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string Rest = "FLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n";

    private TestNetwork _network = null!;

    private TestHost Host => _network.Hosts[0];

    public async ValueTask InitializeAsync() => _network = await TestNetwork.CreateAsync(1);

    public ValueTask DisposeAsync()
    {
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [Trait("case", "Q1, Q2, Q3, Q4, Q9, Q10")]
    [InlineData(IPv4, """[[{"subnet":"10.1.17.0/24"}]]""", """[{"dst":"10.1.0.0/16"}]""", "10.1.17.2/24")]
    [InlineData(Two, """[[{"subnet":"10.1.17.0/24"}]]""", """[{"dst":"10.1.0.0/16"},{"dst":"192.168.0.0/16"}]""", "10.1.17.2/24")]
    [InlineData(IPv6, """[[{"subnet":"fc00::/64"}]]""", """[{"dst":"fc00::/48"}]""", "fc00::2/64")]
    [InlineData(IPv4 + IPv6, """[[{"subnet":"10.1.17.0/24"}],[{"subnet":"fc00::/64"}]]""", """[{"dst":"10.1.0.0/16"},{"dst":"fc00::/48"}]""", "10.1.17.2/24 fc00::2/64")]
    public async Task What_the_delegate_is_told_is_saved_until_delete_and_comes_true_in_the_container(string subnet, string ranges, string routes, string addresses)
    {
        using var host = PluginHost.WithSubnet(Host, subnet + Rest);
        var runtime = host.NewRuntime(CniPrograms.Native);
        var pod = host.AddPod("one");

        var result = await runtime.AddAsync(pod);

        var saved = Path.Combine(host.StateFolder, "one");
        Assert.Equal(
            $$"""{"cniVersion":"1.0.0","hairpinMode":true,"ipMasq":false,"ipam":{"dataDir":"{{Path.GetDirectoryName(host.Book)}}","ranges":{{ranges}},"routes":{{routes}},"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1472,"name":"blue","type":"bridge"}""",
            await File.ReadAllTextAsync(saved, TestContext.Current.CancellationToken));
        Assert.Equal(addresses.Split(' '), result.GetProperty("ips").EnumerateArray().Select(ip => ip.GetProperty("address").GetString()));
        var present = await pod.RunAsync("ip route") + await pod.RunAsync("ip -6 route");
        Assert.All(
            JsonElement.Parse(routes).EnumerateArray(),
            route => Assert.Contains($"{route.GetProperty("dst").GetString()} via ", present, StringComparison.Ordinal));
        Assert.Contains("mtu 1472 ", await pod.RunAsync("ip link show eth0"), StringComparison.Ordinal);

        await runtime.DeleteAsync(pod);
        Assert.False(File.Exists(saved));
        await runtime.DeleteAsync(pod);
        Assert.Equal("", await host.FindTracesAsync());
    }

    [Fact]
    [Trait("case", "Q7")]
    public async Task A_subnet_file_without_what_is_needed_is_told_in_full()
    {
        using var host = PluginHost.WithSubnet(Host, "foo=bar\n");

        var fault = await Assert.ThrowsAsync<CniException>(() => host.NewRuntime(CniPrograms.Native).AddAsync(host.AddPod("one")));

        Assert.Contains(
            "missing FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_SUBNET, FLANNEL_IPV6_SUBNET, FLANNEL_MTU, FLANNEL_IPMASQ", fault.Message, StringComparison.Ordinal);
        Assert.Equal("", await host.FindTracesAsync());
    }

    [Fact]
    [Trait("case", "Q5")]
    public async Task Without_files_named_it_uses_those_it_has_always_used()
    {
        // A mount namespace of its own, in which those places are ours.
        var folder = Scratch.NewFolder("defaults");
        await File.WriteAllTextAsync(Path.Combine(folder, "subnet.env"), IPv4 + Rest, TestContext.Current.CancellationToken);
        string[] launcher =
        [
            "unshare", "--mount", "sh", "-c",
            $"mount -t tmpfs none /run && mkdir /run/flannel && cp {folder}/subnet.env /run/flannel && mount --bind {folder} /var/lib && exec \"$0\"",
        ];
        var runtime = new CniRuntime(Host, """{"cniVersion":"1.0.0","name":"blue","plugins":[{"type":"flannel"}]}""", CniPrograms.Native) { Launcher = launcher };
        using var pod = new PodSandbox(Host, "one");

        await runtime.AddAsync(pod);

        Assert.True(File.Exists(Path.Combine(folder, "cni", "flannel", "one")));
        Assert.True(File.Exists(Path.Combine(folder, "cni", "networks", "blue", "10.1.17.2")));
        await runtime.DeleteAsync(pod);
        Assert.False(File.Exists(Path.Combine(folder, "cni", "networks", "blue", "10.1.17.2")));
        Directory.Delete(folder, recursive: true);
    }
}
