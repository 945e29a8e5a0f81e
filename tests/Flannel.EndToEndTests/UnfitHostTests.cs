using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>A host that lacks something: the daemon says what is wrong and what would put it right, and ends or waits as each case asks.</summary>
[Trait("case", "T")]
public sealed class UnfitHostTests : IAsyncLifetime
{
    private const string Config = """{ "Network": "10.5.0.0/16", "EnableNFTables": true, "Backend": { "Type": "alloc" } }""";

    private readonly string _store = Scratch.NewFolder("store");
    private TestNetwork? _network;

    private TestHost Host => _network!.Hosts[0];

    public async ValueTask InitializeAsync()
    {
        _network = await TestNetwork.CreateAsync(1);
        await WriteConfigAsync(Config);
    }

    [Fact]
    public async Task A_full_disk_keeps_the_host_unready_until_there_is_room_for_the_subnet_file()
    {
        var disk = Scratch.NewFolder("disk");
        await using var daemon = Start(InOwnMounts($"mount -t tmpfs -o size=16k tmpfs {disk}; cat /dev/zero 2>&- >{disk}/ballast ||:"), $"--subnet-file={disk}/subnet.env");

        Assert.Contains($"cannot write {disk}/subnet.env: the file system is full", await daemon.WaitForLineAsync("not ready until it is written"), StringComparison.Ordinal);
        await Host.RunAsync($"nsenter --mount=/proc/{daemon.Id}/ns/mnt rm {disk}/ballast");

        await daemon.WaitForLineAsync($"{disk}/subnet.env written, ready");
        Assert.Contains("FLANNEL_SUBNET=10.5.", await File.ReadAllTextAsync($"/proc/{daemon.Id}/root{disk}/subnet.env", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_of_the_store_is_waited_out()
    {
        await using var daemon = Start(InOwnMounts($"mount -t tmpfs -o size=64k tmpfs {_store}; echo '{Config}' >{_store}/config; cat /dev/zero 2>&- >{_store}/ballast ||:"));

        Assert.Contains($"make room on the file system of {_store}", await daemon.WaitForLineAsync("the store is away, trying on"), StringComparison.Ordinal);
        await Host.RunAsync($"nsenter --mount=/proc/{daemon.Id}/ns/mnt rm {_store}/ballast");

        Assert.False((await daemon.WaitUntilReadyAsync()).IPv4.IsEmpty);
    }

    [Fact]
    public async Task A_subnet_file_on_a_read_only_file_system_is_named_with_the_remedy()
    {
        var disk = Scratch.NewFolder("disk");
        await using var daemon = Start(InOwnMounts($"mount -t tmpfs -o ro tmpfs {disk}"), $"--subnet-file={disk}/subnet.env");

        Assert.Contains("the file system is read-only; mount it writable", await daemon.WaitForLineAsync("not ready until it is written"), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task A_store_on_a_read_only_file_system_ends_the_daemon()
    {
        await using var daemon = Start(InOwnMounts($"mount --bind {_store} {_store}; mount -o remount,bind,ro {_store}"));

        await EndsAsync(daemon, "failed to acquire lease: cannot write to the store directory", "mount its file system read-write");
    }

    [Fact]
    public async Task A_user_who_may_not_write_the_subnet_file_is_told_so()
    {
        File.SetUnixFileMode(_store, (UnixFileMode)0b111_111_111);
        await using var daemon = Start(AsNobody);

        Assert.Contains("permission denied; run as root", await daemon.WaitForLineAsync("not ready until it is written"), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task A_user_who_may_not_write_the_store_is_told_so()
    {
        await using var daemon = Start(AsNobody);

        await EndsAsync(daemon, "cannot write to the store directory", $"give this user the right to write below {_store}");
    }

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task A_daemon_that_may_not_change_the_network_names_the_capability(string backend)
    {
        await WriteConfigAsync(Config.Replace("alloc", backend, StringComparison.Ordinal));
        await using var daemon = Start(["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]);

        await EndsAsync(daemon, "CAP_NET_ADMIN");
    }

    [Fact]
    public async Task Iptables_without_br_netfilter_ends_the_daemon_and_names_the_module()
    {
        await WriteConfigAsync(Config.Replace("true", "false", StringComparison.Ordinal));
        await using var daemon = Start(WithoutBridgeNetfilter);

        await EndsAsync(daemon, "Failed to check br_netfilter: /proc/sys/net/bridge/bridge-nf-call-iptables does not exist", "modprobe br_netfilter");
    }

    [Fact]
    public async Task Nftables_does_without_br_netfilter()
    {
        await using var daemon = Start(WithoutBridgeNetfilter);

        await daemon.WaitUntilReadyAsync();
    }

    [Theory]
    [InlineData("true", "nft")]
    [InlineData("false", "iptables")]
    public async Task A_missing_tool_ends_a_daemon_that_is_to_masquerade(string nftables, string tool)
    {
        await WriteConfigAsync(Config.Replace("true", nftables, StringComparison.Ordinal));
        await using var daemon = Start(["env", "PATH=/nowhere"], "--ip-masq");

        await EndsAsync(daemon, tool);
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("""{ "Network": "10.5.0.0" }""", "10.5.0.0")]
    [InlineData("""{ "Network": "10.5.0.0/24", "SubnetLen": 16, "Backend": { "Type": "alloc" } }""", "SubnetLen")]
    [InlineData("""{ "Network": "10.5.0.0/16", "SubnetMin": "10.6.0.0", "Backend": { "Type": "alloc" } }""", "SubnetMin")]
    [InlineData("""{ "Network": "10.5.0.0/16", "SubnetMax": "10.5.3.7", "Backend": { "Type": "alloc" } }""", "SubnetMax")]
    public async Task A_config_that_is_not_valid_is_explained_and_another_waited_for(string config, string culprit)
    {
        await WriteConfigAsync(config);
        await using var daemon = Start([]);

        Assert.Contains(culprit, await daemon.WaitForLineAsync("the network config is not valid, waiting for another: "), StringComparison.Ordinal);
        Assert.Equal(0, await daemon.StopAsync());
    }

    public ValueTask DisposeAsync()
    {
        _network?.Dispose();
        Directory.Delete(_store, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static IReadOnlyList<string> WithoutBridgeNetfilter => InOwnMounts("mount -t tmpfs tmpfs /proc/sys/net/bridge");

    /// <summary>May change the network, but owns no file and is not above file modes.</summary>
    private static IReadOnlyList<string> AsNobody =>
    [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all,+net_admin,+net_raw", "--ambient-caps=-all,+net_admin,+net_raw",
        "--pdeathsig=KILL",
    ];

    /// <summary>The daemon's own view of the file system, changed by a script before it starts; nobody else sees it, and it ends with the daemon.</summary>
    private static IReadOnlyList<string> InOwnMounts(string script) => ["unshare", "--mount", "sh", "-ec", $"{script}\nexec \"$@\"", "sh"];

    private static async Task EndsAsync(Flanneld daemon, params IReadOnlyList<string> explanation)
    {
        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.All(explanation, words => Assert.Contains(daemon.Lines, line => line.Contains(words, StringComparison.Ordinal)));
    }

    private Task WriteConfigAsync(string config) => File.WriteAllTextAsync(Path.Combine(_store, "config"), config, TestContext.Current.CancellationToken);

    private Flanneld Start(IReadOnlyList<string> launcher, params IReadOnlyList<string> flags) =>
        Flanneld.StartUnder(launcher, Host, ["--store-dir", _store, "--iface", "eth0", .. flags]);
}
