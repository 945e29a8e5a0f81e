using System.Text;
using System.Text.RegularExpressions;
using Flannel.Daemon;
using Flannel.Daemon.Logging;
using Flannel.Daemon.Options;
using Flannel.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed class DaemonProgramTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly MemoryStream _log = new();

    public void Dispose()
    {
        _error.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("-nonsense", "flag provided but not defined: -nonsense")]
    [InlineData("-v=x", "invalid value \"x\" for flag -v: parse error")]
    public async Task A_bad_command_line_prints_the_error_then_usage_and_ends_with_2(string word, string message)
    {
        Assert.Equal(2, await DaemonProgram.RunAsync("/opt/bin/flanneld", [word], _error));
        Assert.StartsWith($"{message}\nUsage: /opt/bin/flanneld [OPTION]...\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_prints_usage_and_ends_with_0()
    {
        Assert.Equal(0, await DaemonProgram.RunAsync("flanneld", ["--help"], _error));
        Assert.StartsWith("Usage: flanneld [OPTION]...\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_prints_one_line_and_ends_with_0()
    {
        Assert.Equal(0, await DaemonProgram.RunAsync("flanneld", ["-version"], _error));
        Assert.Matches(@"\A\S+\n\z", _error.ToString());
    }

    [Theory]
    [InlineData("-subnet-lease-renew-margin=0", "Invalid subnet-lease-renew-margin option, out of acceptable range: 0 is not in 1 to 1439")]
    [InlineData("-subnet-lease-renew-margin=1440", "Invalid subnet-lease-renew-margin option, out of acceptable range: 1440 is not in 1 to 1439")]
    [InlineData("-kube-subnet-mgr", "Failed to create SubnetManager: env variables POD_NAME and POD_NAMESPACE must be set, or NODE_NAME instead of both")]
    public async Task An_impossible_order_is_fatal(string word, string message)
    {
        Assert.Equal(1, await RunDaemonAsync(TimeProvider.System, word));
        Assert.Matches($"^F.*{Regex.Escape(message)}", LastLine());
    }

    [Fact]
    public async Task An_interface_that_does_not_come_within_a_minute_is_fatal()
    {
        var (store, time) = (Scratch.NewFolder("store"), new ManualTime());
        await File.WriteAllTextAsync(
            Path.Combine(store, "config"), """{ "Network": "10.5.0.0/16", "EnableNFTables": true, "Backend": { "Type": "alloc" } }""", TestContext.Current.CancellationToken);
        var running = RunDaemonAsync(time, $"--store-dir={store}", "--iface=no-such-card");

        await Eventually.IsTrueAsync(() => time.Waiting > 0);
        time.Advance(TimeSpan.FromSeconds(59));
        await Eventually.IsTrueAsync(() => time.Waiting > 0);
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, await running);
        Assert.Matches("^F.*no-such-card", LastLine());
    }

    private async Task<int> RunDaemonAsync(TimeProvider time, params string[] words)
    {
        var flags = new DaemonFlags();
        flags.Table.Parse(words);
        using var loggers = new KlogLoggerFactory(new LogOptions(), _log, TimeProvider.System);
        var daemon = new FlannelDaemon(flags.Read(), loggers, new Readiness(), new SystemdNotifier(null, loggers.CreateLogger<SystemdNotifier>()), time);
        return await daemon.RunAsync(TestContext.Current.CancellationToken);
    }

    private string LastLine() => Encoding.UTF8.GetString(_log.ToArray()).Split('\n')[^2];
}
