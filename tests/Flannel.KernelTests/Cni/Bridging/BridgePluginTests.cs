using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Flannel.Cni;
using Flannel.Cni.Bridging;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Cni.Bridging;

/// <summary>What the plugin bridge does where the standard one does otherwise, or what a comparison does not show.</summary>
public sealed class BridgePluginTests : IDisposable
{
    private const string Gateway = "\"isDefaultGateway\":true";

    private readonly BridgeBed _bed = new();

    [Fact]
    public async Task A_bridge_of_an_earlier_subnet_is_repaired_when_no_container_hangs_on_it()
    {
        var pod = _bed.AddPod();
        var old = _bed.Config(Gateway, "10.244.7.0/24");
        _bed.Add(PluginMaker.Ours, pod, old);
        _bed.Delete(PluginMaker.Ours, pod.Netns.Path, old);

        _bed.Add(PluginMaker.Ours, pod, _bed.Config(Gateway, "10.244.9.0/24"), "c2");

        Assert.Equal(["10.244.9.1/24"], await BridgeAddressesAsync());
    }

    [Fact]
    public async Task A_bridge_of_an_earlier_subnet_is_left_alone_while_a_container_uses_it()
    {
        _bed.Add(PluginMaker.Ours, _bed.AddPod(), _bed.Config(Gateway, "10.244.7.0/24"));
        var pod = _bed.AddPod();

        var refused = Assert.Throws<CniException>(() => _bed.Add(PluginMaker.Ours, pod, _bed.Config(Gateway, "10.244.9.0/24"), "c2"));

        Assert.Equal("failed to set bridge addr: \"cni0\" already has an IP address different from 10.244.9.1/24", refused.Message);
        Assert.Contains("10.244.7.0/24", refused.Details, StringComparison.Ordinal);
        Assert.Contains("10.244.9.0/24", refused.Details, StringComparison.Ordinal);
        Assert.Contains("1 interface(s)", refused.Details, StringComparison.Ordinal);
        Assert.Equal(["10.244.7.1/24"], await BridgeAddressesAsync());
    }

    [Fact]
    public async Task An_address_is_forced_upon_a_bridge_in_use_when_asked()
    {
        _bed.Add(PluginMaker.Ours, _bed.AddPod(), _bed.Config(Gateway, "10.244.7.0/24"));

        _bed.Add(PluginMaker.Ours, _bed.AddPod(), _bed.Config($"{Gateway},\"forceAddress\":true", "10.244.9.0/24"), "c2");

        Assert.Equal(["10.244.9.1/24"], await BridgeAddressesAsync());
    }

    [Fact]
    public void An_ADD_that_fails_leaves_nothing()
    {
        _bed.Add(PluginMaker.Ours, _bed.AddPod(), _bed.Config(Gateway, "10.244.7.0/24"));
        var ports = Ports();
        var pod = _bed.AddPod();

        Assert.Throws<CniException>(() => _bed.Add(PluginMaker.Ours, pod, _bed.Config($"{Gateway},\"macspoofchk\":true", "10.244.9.0/24"), "c2"));

        Assert.Null(pod.Netlink.GetLink("eth0"));
        Assert.Equal(ports, Ports());
        Assert.Equal(["10.244.7.2"], _bed.Leased());
    }

    [Fact]
    public void An_ADD_that_the_container_refuses_leaves_nothing()
    {
        var pod = _bed.AddPod();
        var config = _bed.Config(Gateway, "10.244.7.0/24").GetRawText().Replace("\"ranges\"", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"192.0.2.1\"}],\"ranges\"", StringComparison.Ordinal);

        var refused = Assert.Throws<CniException>(() => _bed.Add(PluginMaker.Ours, pod, JsonElement.Parse(config)));

        Assert.Contains("ip route prepend 0.0.0.0/0 via 192.0.2.1", refused.Message, StringComparison.Ordinal);
        Assert.Null(pod.Netlink.GetLink("eth0"));
        Assert.Empty(Ports());
        Assert.Empty(_bed.Leased());
    }

    [Fact]
    public void A_second_ADD_for_an_interface_in_use_is_refused_and_harms_nothing()
    {
        var pod = _bed.AddPod();
        var config = _bed.Config(Gateway, "10.244.7.0/24");
        var result = _bed.Add(PluginMaker.Ours, pod, config);

        var refused = Assert.Throws<CniException>(() => _bed.Add(PluginMaker.Ours, pod, config));

        Assert.Contains("already exists", refused.Message, StringComparison.Ordinal);
        _bed.Check(PluginMaker.Ours, pod, config, result);
    }

    [Fact]
    public void An_interface_that_a_killed_ADD_left_down_is_made_anew()
    {
        var pod = _bed.AddPod();
        var left = new Link { Name = "veth0", Kind = "veth", IsUp = true, Peer = new VethPeer("eth0") { Netns = pod.Netns } };
        _bed.Node.Do(RequestVerb.Add, left);

        _bed.Add(PluginMaker.Ours, pod, _bed.Config(Gateway, "10.244.7.0/24"));

        Assert.True(pod.Netlink.GetLink("eth0")!.IsUp);
        Assert.Null(_bed.Node.Netlink.GetLink("veth0"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/run/netns/there-is-none")]
    [InlineData("/etc/hostname")]
    public void DEL_without_a_namespace_gives_the_addresses_back(string netns)
    {
        var config = _bed.Config(Gateway, "10.244.7.0/24");
        _bed.Add(PluginMaker.Ours, _bed.AddPod(), config);
        Assert.Single(_bed.Leased());

        _bed.Delete(PluginMaker.Ours, netns, config);

        Assert.Empty(_bed.Leased());
    }

    [Fact]
    public void DEL_may_come_again_and_again()
    {
        var pod = _bed.AddPod();
        var config = _bed.Config($"{Gateway},\"macspoofchk\":true", "10.244.7.0/24");

        _bed.Delete(PluginMaker.Ours, pod.Netns.Path, config);
        _bed.Add(PluginMaker.Ours, pod, config);
        _bed.Delete(PluginMaker.Ours, pod.Netns.Path, config);
        _bed.Delete(PluginMaker.Ours, pod.Netns.Path, config);

        Assert.Null(pod.Netlink.GetLink("eth0"));
    }

    [Fact]
    public async Task Isolated_ports_and_an_interface_that_stays_down_are_as_asked()
    {
        var pod = _bed.AddPod();

        _bed.Add(PluginMaker.Ours, pod, _bed.Config("\"portIsolation\":true,\"disableContainerInterface\":true"));

        Assert.False(pod.Netlink.GetLink("eth0")!.IsUp);
        var port = Assert.Single(await _bed.Node.ListAsync($"bridge -j -d link show dev {Assert.Single(Ports())}"));
        Assert.True(port.GetProperty("isolated").GetBoolean());
        Assert.False(port.GetProperty("hairpin").GetBoolean());
    }

    [Fact]
    public void A_MAC_may_come_by_the_runtimes_arguments()
    {
        var pod = _bed.AddPod();

        _bed.Add(PluginMaker.Ours, pod, _bed.Config(""), arguments: "IgnoreUnknown=1;K8S_POD_NAME=x;MAC=c2:11:22:33:44:55");

        Assert.Equal(MacAddress.Parse("c2:11:22:33:44:55"), pod.Netlink.GetLink("eth0")!.Mac);
    }

    [Fact]
    public async Task A_device_of_that_name_that_is_no_bridge_is_told()
    {
        await _bed.Node.RunAsync("ip link add cni0 type veth");

        var refused = Assert.Throws<CniException>(() => _bed.Add(PluginMaker.Ours, _bed.AddPod(), _bed.Config("")));

        Assert.Contains("\"cni0\" already exists but is not a bridge", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_namespace_that_is_not_there_is_told_before_anything_is_made()
    {
        var call = new CniCall { Command = CniCommand.Add, ContainerId = "c1", Netns = "/run/netns/nobodys", IfName = "eth0", Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(_bed.Config("").GetRawText())) };

        var refused = Assert.Throws<CniException>(() => _bed.Node.Run(() => new BridgePlugin().Add(call)));

        Assert.Contains("failed to open netns \"/run/netns/nobodys\"", refused.Message, StringComparison.Ordinal);
        Assert.Null(_bed.Node.Netlink.GetLink("cni0"));
    }

    [Fact]
    public async Task Many_containers_come_at_once_to_a_bridge_of_an_earlier_subnet()
    {
        await _bed.Node.RunAsync("ip link add cni0 type bridge");
        await _bed.Node.RunAsync("ip address add 10.244.7.1/24 dev cni0");
        var config = _bed.Config(Gateway, "10.244.9.0/24");
        var pods = Enumerable.Range(0, 12).Select(_ => _bed.AddPod()).ToList();

        ConcurrentBag<Exception?> outcomes = [];
        var threads = pods.Select((pod, number) => new Thread(() => outcomes.Add(Record.Exception(() => _bed.Add(PluginMaker.Ours, pod, config, $"c{number}"))))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.All(outcomes, Assert.Null);
        Assert.Equal(["10.244.9.1/24"], await BridgeAddressesAsync());
        Assert.Equal(12, Ports().Count);
        Assert.Equal(12, pods.Select(pod => pod.Netlink.ListAddresses(pod.Netlink.GetLink("eth0")!.Index)[0].Address).Distinct().Count());
    }

    public void Dispose() => _bed.Dispose();

    private List<string> Ports() => [.. _bed.Node.Netlink.ListLinks().Where(link => link.Kind == "veth").Select(link => link.Name)];

    private async Task<IEnumerable<string>> BridgeAddressesAsync() =>
        Assert.Single(await _bed.Node.ListAsync("ip -j -4 address show dev cni0")).GetProperty("addr_info").EnumerateArray()
            .Select(address => $"{address.GetProperty("local").GetString()}/{address.GetProperty("prefixlen").GetInt32()}");
}
