using System.Text;
using Flannel.Daemon;
using Flannel.Daemon.Logging;
using Flannel.Daemon.Options;
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
    [InlineData("-kube-subnet-mgr", "the Kubernetes API cannot be the store yet")]
    public async Task An_impossible_order_is_fatal(string word, string message)
    {
        var flags = new DaemonFlags();
        flags.Table.Parse([word]);
        using var loggers = new KlogLoggerFactory(new LogOptions(), _log, TimeProvider.System);
        var daemon = new FlannelDaemon(flags.Read(), loggers, new Readiness(), new SystemdNotifier(null, loggers.CreateLogger<SystemdNotifier>()), TimeProvider.System);

        Assert.Equal(1, await daemon.RunAsync(TestContext.Current.CancellationToken));
        var last = Encoding.UTF8.GetString(_log.ToArray()).Split('\n')[^2];
        Assert.StartsWith("F", last, StringComparison.Ordinal);
        Assert.Contains(message, last, StringComparison.Ordinal);
    }
}
