using System.Net;
using System.Net.Sockets;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>How the daemon ends: its exit code, and the line that says why.</summary>
[Trait("case", "T")]
public sealed class ExitTests : IAsyncLifetime
{
    private readonly string _store = Scratch.NewFolder("store");
    private TestNetwork? _network;

    private TestHost Host => _network!.Hosts[0];

    public async ValueTask InitializeAsync() => _network = await TestNetwork.CreateAsync(1);

    [Theory]
    [InlineData("--no-such-flag", "flag provided but not defined: -no-such-flag")]
    [InlineData("--ip-masq=perhaps", "invalid boolean value \"perhaps\" for -ip-masq")]
    [InlineData("--healthz-port=many", "invalid value \"many\" for flag -healthz-port")]
    public async Task A_command_line_that_cannot_be_read_ends_with_2_and_the_usage(string flag, string refusal)
    {
        await using var process = Run(flag);

        Assert.Equal(2, await process.WaitForExitAsync());
        Assert.Contains(refusal, process.ErrorLines[0], StringComparison.Ordinal);
        Assert.Contains(process.ErrorLines, line => line.Contains("-etcd-endpoints", StringComparison.Ordinal));
        Assert.Empty(process.OutputLines);
    }

    [Fact]
    public async Task The_version_is_one_line_on_standard_error()
    {
        await using var process = Run("--version");

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.NotEmpty(Assert.Single(process.ErrorLines));
        Assert.Empty(process.OutputLines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1440)]
    public async Task A_renew_margin_outside_the_life_of_a_lease_ends_with_1(int minutes)
    {
        await using var process = Run($"--subnet-lease-renew-margin={minutes}", $"--store-dir={_store}");

        await EndsFatallyAsync(process, 1, "Invalid subnet-lease-renew-margin option, out of acceptable range");
    }

    [Fact]
    public async Task A_backend_that_nobody_knows_ends_with_1()
    {
        await ConfigureAsync("""{ "Network": "10.5.0.0/16", "Backend": { "Type": "carrier-pigeon" } }""");
        await using var daemon = Flanneld.Start(Host, $"--store-dir={_store}");

        Assert.Equal(1, await daemon.WaitForExitAsync());
        Assert.Matches("^F.*unknown backend type: carrier-pigeon", daemon.Lines[^1]);
    }

    [Fact]
    public async Task An_interface_that_is_not_there_is_waited_for_by_name()
    {
        await ConfigureAsync("""{ "Network": "10.5.0.0/16", "EnableNFTables": true, "Backend": { "Type": "host-gw" } }""");
        await using var daemon = Flanneld.Start(Host, $"--store-dir={_store}", "--iface=eth7");
        await daemon.WaitForLineAsync("waiting up to 60 s for an external interface: Failed to find any valid interface to use: --iface eth7");

        await Host.RunAsync("ip link set eth0 down");
        await Host.RunAsync("ip link set eth0 name eth7 up");

        await daemon.WaitForLineAsync("external interface eth7");
    }

    [Fact]
    public async Task A_health_port_that_is_taken_ends_with_2()
    {
        using var taken = Host.Netns.Run(() => new TcpListener(IPAddress.Any, 8471));
        taken.Start();
        await using var process = Run("--healthz-port=8471", $"--store-dir={_store}");

        await EndsFatallyAsync(process, 2, "8471");
    }

    [Theory]
    [InlineData(Signal.SIGTERM)]
    [InlineData(Signal.SIGINT)]
    public async Task A_signal_ends_it_with_0_while_it_still_waits_for_a_configuration(Signal signal)
    {
        await using var daemon = Flanneld.Start(Host, $"--store-dir={_store}");
        await daemon.WaitForLineAsync("no network configuration in the store yet");

        daemon.Signal(signal);

        Assert.Equal(0, await daemon.WaitForExitAsync());
        Assert.EndsWith("] Exiting cleanly...", daemon.Lines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(daemon.SubnetFile));
    }

    [Fact]
    public async Task A_signal_ends_a_running_daemon_with_0_and_leaves_the_network_as_it_is()
    {
        await ConfigureAsync("""{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""");
        await using var daemon = Flanneld.Start(Host, $"--store-dir={_store}", "--ip-masq");
        await daemon.WaitUntilReadyAsync();
        var (links, rules) = (await Host.RunAsync("ip addr show dev flannel.1"), await Host.RunAsync("iptables-save"));

        Assert.Equal(0, await daemon.StopAsync());

        Assert.True(daemon.HasNotified("READY=1"));
        await Eventually.IsTrueAsync(() => daemon.HasNotified("STOPPING=1"));
        Assert.Equal(links, await Host.RunAsync("ip addr show dev flannel.1"));
        Assert.Equal(WithoutComments(rules), WithoutComments(await Host.RunAsync("iptables-save")));
        Assert.True(File.Exists(daemon.SubnetFile));
    }

    public ValueTask DisposeAsync()
    {
        _network?.Dispose();
        Directory.Delete(_store, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static async Task EndsFatallyAsync(ChildProcess process, int exitCode, string reason)
    {
        Assert.Equal(exitCode, await process.WaitForExitAsync());
        Assert.StartsWith("F", process.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Contains(reason, process.ErrorLines[^1], StringComparison.Ordinal);
    }

    // Their time of day differs.
    private static IEnumerable<string> WithoutComments(string rules) => rules.Split('\n').Where(line => !line.StartsWith('#'));

    private ChildProcess Run(params string[] flags) =>
        ChildProcess.Start(Flanneld.Binary, [$"--subnet-file={Path.Combine(_store, "subnet.env")}", .. flags], netns: Host.Netns.Path);

    private Task ConfigureAsync(string config) => File.WriteAllTextAsync(Path.Combine(_store, "config"), config);
}
