using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Flannel.Daemon.Logging;
using Flannel.Stores;
using Flannel.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.UnitTests.Daemon;

public sealed partial class KlogTests : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void A_line_has_the_shape_of_klog()
    {
        Write(new LogOptions(), "Flannel.Leases.LeaseKeeper", logger => logger.Log(LogLevel.Information, new EventId(7, "Renewed"), "lease 10.5.34.0/24 renewed"));

        var match = Line().Match(Text());
        Assert.True(match.Success, Text());
        Assert.Equal(_time.GetLocalNow().ToString("MMdd HH:mm:ss.ffffff", CultureInfo.InvariantCulture), match.Groups["time"].Value);
        Assert.Equal(Environment.ProcessId, int.Parse(match.Groups["pid"].Value, CultureInfo.InvariantCulture));
        Assert.Equal("LeaseKeeper:Renewed", match.Groups["place"].Value);
        Assert.Equal("lease 10.5.34.0/24 renewed", match.Groups["text"].Value);
    }

    [Fact]
    public void An_event_without_a_name_shows_its_number()
    {
        Write(new LogOptions(), "x", logger => logger.Log(LogLevel.Information, new EventId(7), "text"));

        Assert.Contains(" x:7] text\n", Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "", "FEWI")]
    [InlineData(1, "", "FEWII")]
    [InlineData(3, "", "FEWII")]
    [InlineData(4, "", "FEWIII")]
    [InlineData(0, "leasekeep*=4", "FEWIII")]
    [InlineData(4, "LeaseKeeper=0", "FEWI")]
    [InlineData(0, "Flannel.Leases.*=1", "FEWII")]
    [InlineData(0, "Flannel.*.Other=4,Lease?eeper=1", "FEWII")]
    [InlineData(0, "Keeper=4", "FEWI")]
    public void Verbosity_decides_which_levels_are_written(int verbosity, string modules, string letters)
    {
        var rules = VerbosityRules.None;
        Assert.Null(VerbosityRules.Parse(modules, ref rules));

        Write(new LogOptions { Verbosity = verbosity, Modules = rules }, "Flannel.Leases.LeaseKeeper", logger =>
        {
            for (var level = LogLevel.None; level >= LogLevel.Trace; level--)
            {
                logger.Log(level, "text");
            }
        });

        Assert.Equal(letters, string.Concat(Lines().Select(line => line[0])));
    }

    [Fact]
    public void The_threshold_holds_back_what_is_below_it()
    {
        Write(new LogOptions { Verbosity = 9, Threshold = LogLevel.Warning }, "x", logger =>
        {
            logger.LogInformation("no");
            logger.LogWarning("yes");
        });

        Assert.EndsWith("] yes", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_peer_wrote_cannot_forge_a_line()
    {
        Write(new LogOptions(), "x", logger => Log(logger, "type vxlan\nF1121 all is lost\r\t\u001b[31m\u0085\u0000end é"));

        Assert.EndsWith("] type vxlan\\nF1121 all is lost\\r\\t\\u001b[31m\\u0085\\u0000end é", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_is_one_line_of_its_messages()
    {
        var inner = new IOException("no route to host");
        var exception = new InvalidOperationException("get /config", new AggregateException(new IOException("connect: no route to host", inner)));
        Write(new LogOptions(), "x", logger => logger.LogError(exception, "etcd is away"));

        Assert.EndsWith("] etcd is away: get /config: connect: no route to host", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_names_its_cause_itself()
    {
        var cause = new HttpRequestException("Connection refused (192.0.2.1:2379)");
        var exception = new StoreException("http://192.0.2.1:2379: Range: Connection refused", isTransient: true, cause);
        Write(new LogOptions(), "x", logger => logger.LogError(exception, "etcd is away"));

        Assert.EndsWith("] etcd is away: http://192.0.2.1:2379: Range: Connection refused", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void The_stack_of_an_exception_needs_verbosity_4()
    {
        var exception = Thrown();
        Write(new LogOptions { Verbosity = 4 }, "x", logger => logger.LogError(exception, "text"));

        Assert.Contains("System.IO.IOException: broken\n   at ", Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Keeper:Renewed", true)]
    [InlineData("keeper:7", true)]
    [InlineData("Keeper:8", false)]
    [InlineData("Other:Renewed", false)]
    [InlineData("", false)]
    public void A_backtrace_is_written_at_the_chosen_place(string place, bool written)
    {
        var location = BacktraceLocation.None;
        Assert.Null(BacktraceLocation.Parse(place, ref location));
        Write(new LogOptions { BacktraceAt = location }, "Flannel.Keeper", logger => logger.Log(LogLevel.Information, new EventId(7, "Renewed"), "text"));

        Assert.Equal(written, Text().Contains(nameof(A_backtrace_is_written_at_the_chosen_place), StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_of_many_threads_do_not_mix()
    {
        var texts = Enumerable.Range(0, 1000).Select(number => new string((char)('a' + number % 26), 80));
        Write(new LogOptions(), "x", logger => Parallel.ForEach(texts, text => Log(logger, text)));

        Assert.Equal(1000, Lines().Length);
        Assert.All(Lines(), line => Assert.Single(line[(line.IndexOf(']', StringComparison.Ordinal) + 2)..].Distinct()));
    }

    private void Write(LogOptions options, string category, Action<ILogger> write)
    {
        using var loggers = new KlogLoggerFactory(options, _output, _time);
        write(loggers.CreateLogger(category));
    }

    private static void Log(ILogger logger, string text) => logger.Log(LogLevel.Information, default, text, null, (state, _) => state);

    private static IOException Thrown()
    {
        try
        {
            throw new IOException("broken");
        }
        catch (IOException e)
        {
            return e;
        }
    }

    private string Text() => Encoding.UTF8.GetString(_output.ToArray());

    private string[] Lines() => Text().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\AI(?<time>\d{4} \d\d:\d\d:\d\d\.\d{6}) (?<pid>[ \d]{7}) (?<place>[^ \]]+)\] (?<text>[^\n]*)\n\z")]
    private static partial Regex Line();
}
