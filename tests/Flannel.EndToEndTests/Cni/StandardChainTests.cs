using System.Text.RegularExpressions;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>
/// The same list by our programs alone, and by our <c>flannel</c> with the standard plugins as executables: one after the other on the same host, so nothing but the plugins
/// can make a difference.
/// </summary>
public sealed partial class StandardChainTests : IAsyncLifetime
{
    private const string IPv4 = "FLANNEL_NETWORK=10.9.0.0/16\nFLANNEL_SUBNET=10.9.7.1/24\n";
    private const string IPv6 = "FLANNEL_IPV6_NETWORK=fd09::/48\nFLANNEL_IPV6_SUBNET=fd09:0:0:7::1/64\n";
    private const string Masqueraded = "FLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";
    private const string NotMasqueraded = "FLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n";

    private static readonly string[] Settings =
    [
        "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv6/conf/cni0/accept_ra", "net/ipv4/conf/cni0/route_localnet", "net/ipv4/conf/eth0/route_localnet",
    ];

    private TestNetwork _network = null!;

    private TestHost Host => _network.Hosts[0];

    public async ValueTask InitializeAsync() => _network = await TestNetwork.CreateAsync(1);

    public ValueTask DisposeAsync()
    {
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(IPv4 + Masqueraded, "1.0.0")]
    [InlineData(IPv4 + NotMasqueraded, "0.3.1")]
    [InlineData(IPv6 + NotMasqueraded, "1.0.0")]
    [InlineData(IPv4 + IPv6 + Masqueraded, "0.4.0")]
    public async Task Results_books_and_kernel_are_equal(string subnet, string version)
    {
        var theirs = await ObserveAsync(CniPrograms.FlannelAndStandard, "\"executeDelegate\": true,", subnet, version);
        var ours = await ObserveAsync(CniPrograms.Native, "", subnet, version);

        Assert.Equal(theirs, ours);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task What_one_attached_the_other_checks_and_detaches(bool isAddedByOurs, bool isDeletedByOurs)
    {
        using var host = PluginHost.WithSubnet(Host, IPv4 + IPv6 + NotMasqueraded);
        var pod = host.AddPod("one");
        var other = host.AddPod("other");

        await By(isAddedByOurs).AddAsync(pod, PluginHost.Port);
        await By(isDeletedByOurs).AddAsync(other);
        await Ping.AllReachAllAsync([pod, other]);
        await By(isDeletedByOurs).CheckAsync(other);
        await By(isDeletedByOurs).DeleteAsync(pod);
        await By(isAddedByOurs).DeleteAsync(other);

        Assert.Equal("", await host.FindTracesAsync());

        CniRuntime By(bool isOurs) => isOurs
            ? host.NewRuntime(CniPrograms.Native)
            : host.NewRuntime(CniPrograms.FlannelAndStandard, members: "\"executeDelegate\": true,");
    }

    /// <summary>Everything there is to see of one container's life, as lines.</summary>
    private async Task<IReadOnlyList<string>> ObserveAsync(string path, string members, string subnet, string version)
    {
        using var host = PluginHost.WithSubnet(Host, subnet);
        var runtime = host.NewRuntime(path, version, members);
        var pod = host.AddPod("one");
        var result = await runtime.AddAsync(pod, PluginHost.Port);
        List<string> lines = [KernelPicture.OfDocument(result), .. await SettledAsync(pod), .. Files(host.Book), .. Files(host.StateFolder)];
        await runtime.DeleteAsync(pod);
        lines.AddRange([.. await SettledAsync(pod), .. Files(host.Book), .. Files(host.StateFolder)]);

        await Host.RunAsync("ip link del cni0");
        await Host.RunAsync("nft flush ruleset");
        return [.. lines.Select(line => TestFolder().Replace(line, "/folder"))];
    }

    /// <summary>The picture of both sides once two in a row are the same: addresses and ports take a moment.</summary>
    private async Task<IReadOnlyList<string>> SettledAsync(PodSandbox pod)
    {
        IReadOnlyList<string> before = [];
        return await Eventually.BecomesAsync(
            async () =>
            {
                var previous = before;
                before = await LookAsync(pod);
                return before.SequenceEqual(previous) ? before : [];
            },
            picture => picture.Count > 0);
    }

    // What a port has learned depends on what the container happened to say, and programs that only look may leave an empty table.
    private async Task<IReadOnlyList<string>> LookAsync(PodSandbox pod)
    {
        string[] rules = [.. (await Host.RunAsync("iptables-save")).Split('\n'), .. (await Host.RunAsync("ip6tables-save")).Split('\n')];
        return
        [
            .. (await KernelPicture.OfAsync(Host, Settings)).Where(line => !line.StartsWith("nft", StringComparison.Ordinal) && !IsLearned(line)),
            .. await KernelPicture.OfAsync(pod, "net/ipv6/conf/eth0/accept_dad", "net/ipv4/conf/eth0/arp_notify"),
            .. rules.Where(line => line.StartsWith("-A", StringComparison.Ordinal) || line.StartsWith(":CNI", StringComparison.Ordinal)).Select(line => Counters().Replace(line, "")),
        ];

        static bool IsLearned(string line) => line.StartsWith("bridge fdb", StringComparison.Ordinal) && !line.Contains("permanent", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)}: {File.ReadAllText(file)}")
        : [];

    [GeneratedRegex(@"\[\d+:\d+\]")]
    private static partial Regex Counters();

    [GeneratedRegex("/[^\"]*/plugins-[0-9a-f]+")]
    private static partial Regex TestFolder();
}
