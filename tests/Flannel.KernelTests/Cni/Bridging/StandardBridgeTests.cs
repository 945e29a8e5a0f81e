using System.Text.Json;
using Flannel.Cni;
using Flannel.KernelTests.Rtnetlink;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.KernelTests.Cni.Bridging;

/// <summary>The plugin bridge beside that of Debian's containernetworking-plugins: the same configuration to both.</summary>
public sealed class StandardBridgeTests
{
    private const string IPv4 = "10.244.7.0/24";
    private const string IPv6 = "fd00:244:7::/64";

    public static TheoryData<string, string, string[]> Configurations => new()
    {
        { "isolated subnet", "", [IPv4] },
        { "another bridge", "\"bridge\":\"br7\"", [IPv4] },
        { "gateway", "\"isGateway\":true", [IPv4] },
        { "default gateway, hairpin, MTU as flannel asks", "\"isDefaultGateway\":true,\"hairpinMode\":true,\"mtu\":1450", [IPv4] },
        { "promiscuous", "\"isGateway\":true,\"promiscMode\":true", [IPv4] },
        { "forced address", "\"isGateway\":true,\"forceAddress\":true", [IPv4] },
        { "duplicate address detection", "\"isDefaultGateway\":true,\"enabledad\":true", [IPv6] },
        { "IPv6", "\"isDefaultGateway\":true", [IPv6] },
        { "dual stack", "\"isDefaultGateway\":true,\"hairpinMode\":true", [IPv4, IPv6] },
        { "own MAC", "\"isGateway\":true,\"args\":{\"cni\":{\"mac\":\"c2:11:22:33:44:55\"}}", [IPv4] },
        { "MAC by capability", "\"isGateway\":true,\"runtimeConfig\":{\"mac\":\"c2:11:22:33:44:66\"}", [IPv4] },
        { "spoof check", "\"isGateway\":true,\"macspoofchk\":true", [IPv4] },
        { "masquerading", "\"isDefaultGateway\":true,\"ipMasq\":true", [IPv4, IPv6] },
        { "no addresses", "\"mtu\":1400", [] },
        { "resolver", "\"isGateway\":true,\"dns\":{\"nameservers\":[\"10.96.0.10\"],\"domain\":\"a.b\",\"search\":[\"x.y\"],\"options\":[\"ndots:5\"]}", [IPv4] },
        { "version 0.3.1", "\"isGateway\":true,\"cniVersion\":\"0.3.1\"", [IPv4, IPv6] },
        { "version 0.2.0", "\"isGateway\":true,\"cniVersion\":\"0.2.0\"", [IPv4] },
    };

    [Theory]
    [MemberData(nameof(Configurations), DisableDiscoveryEnumeration = true)]
    public async Task Results_and_kernel_state_are_equal(string _, string members, string[] subnets)
    {
        using var ours = new Attached(PluginMaker.Ours, members, subnets);
        using var theirs = new Attached(PluginMaker.Debian, members, subnets);

        Assert.Equal(KernelPicture.OfDocument(theirs.Result), KernelPicture.OfDocument(ours.Result));
        await AssertEqualAsync(theirs, ours);

        ours.Bed.Delete(PluginMaker.Ours, ours.Pod.Netns.Path, ours.Config);
        theirs.Bed.Delete(PluginMaker.Debian, theirs.Pod.Netns.Path, theirs.Config);
        await AssertEqualAsync(theirs, ours);
        Assert.Empty(ours.Bed.Leased());
    }

    [Theory]
    [InlineData(PluginMaker.Ours, PluginMaker.Debian)]
    [InlineData(PluginMaker.Debian, PluginMaker.Ours)]
    [InlineData(PluginMaker.Ours, PluginMaker.Ours)]
    public async Task What_one_adds_the_other_checks_and_deletes(PluginMaker adding, PluginMaker deleting)
    {
        const string members = "\"isDefaultGateway\":true,\"hairpinMode\":true,\"macspoofchk\":true,\"ipMasq\":true";
        using var attached = new Attached(adding, members, [IPv4, IPv6]);

        attached.Bed.Check(deleting, attached.Pod, attached.Config, attached.Result);
        attached.Bed.Delete(deleting, attached.Pod.Netns.Path, attached.Config);

        Assert.Null(attached.Pod.Netlink.GetLink("eth0"));
        Assert.Empty(attached.Bed.Leased());
        var rules = await attached.Bed.Node.RunAsync("nft list ruleset");
        Assert.DoesNotContain("cni-br-iface", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("CNI-", rules, StringComparison.Ordinal);
        Assert.Throws<CniException>(() => attached.Bed.Check(deleting, attached.Pod, attached.Config, attached.Result));
    }

    [Theory]
    [InlineData("ip address del 10.244.7.2/24 dev eth0")]
    [InlineData("ip route del default")]
    [InlineData("ip link set eth0 address c2:00:00:00:00:01")]
    [InlineData("ip link del eth0")]
    public async Task Both_checks_find_the_same_damage(string damage)
    {
        using var attached = new Attached(PluginMaker.Ours, "\"isDefaultGateway\":true", [IPv4]);
        attached.Bed.Check(PluginMaker.Debian, attached.Pod, attached.Config, attached.Result);
        attached.Bed.Check(PluginMaker.Ours, attached.Pod, attached.Config, attached.Result);

        await attached.Pod.RunAsync(damage);

        foreach (var maker in Enum.GetValues<PluginMaker>())
        {
            Assert.Throws<CniException>(() => attached.Bed.Check(maker, attached.Pod, attached.Config, attached.Result));
        }
    }

    // What settles a moment later, such as a link-local address or what a port learnt, is waited for.
    private static Task AssertEqualAsync(Attached theirs, Attached ours) =>
        Eventually.BecomesAsync(async () => Difference(await theirs.PictureAsync(), await ours.PictureAsync()), difference => difference.Length == 0);

    private static string Difference(IReadOnlyList<string> theirs, IReadOnlyList<string> ours) => string.Join(
        '\n', [.. theirs.Except(ours).Select(line => $"only theirs: {line}"), .. ours.Except(theirs).Select(line => $"only ours:   {line}")]);

    private sealed class Attached : IDisposable
    {
        public Attached(PluginMaker maker, string members, string[] subnets)
        {
            Config = Bed.Config(members, subnets);
            Pod = Bed.AddPod();
            Result = Bed.Add(maker, Pod, Config);
        }

        public BridgeBed Bed { get; } = new();

        public KernelHost Pod { get; }

        public JsonElement Config { get; }

        public JsonElement Result { get; }

        public async Task<IReadOnlyList<string>> PictureAsync()
        {
            var bridge = Config.TryGetProperty("bridge", out var named) ? named.GetString()! : "cni0";
            var port = Bed.Node.Netlink.ListLinks().FirstOrDefault(link => link.Name.StartsWith("veth", StringComparison.Ordinal))?.Name ?? "veth";
            var node = await Bed.Node.PictureAsync(
                $"net/ipv6/conf/{bridge}/accept_ra", "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", $"net/ipv4/conf/{bridge}/forwarding");
            var setting = Bed.Node.Run(() => Linux.Sysctl.Get($"net/ipv6/conf/{port}/accept_ra"));
            var pod = await Pod.PictureAsync(
                "net/ipv6/conf/eth0/accept_dad", "net/ipv6/conf/eth0/enhanced_dad", "net/ipv4/conf/eth0/arp_notify", "net/ipv6/conf/eth0/disable_ipv6",
                "net/ipv6/conf/lo/disable_ipv6", "net/ipv6/conf/eth0/accept_ra");
            return [.. node.Select(line => $"node: {line}"), $"accept_ra of the port: {setting}", .. pod.Select(line => $"container: {line}")];
        }

        public void Dispose() => Bed.Dispose();
    }
}
