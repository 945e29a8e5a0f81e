using System.Text.Json;
using Flannel.Cni.HostLocal;
using Flannel.Daemon.Ctl;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Daemon;

/// <summary>flannelctl ipam on books of its own: one container lives by its address, one by its process, two are gone, one is about to start.</summary>
public sealed class IpamTests : IDisposable
{
    private const string Live = "1111111111111111aaaa";
    private const string Running = "2222222222222222bbbb";
    private const string Gone = "3333333333333333cccc";

    private readonly string _books = Scratch.NewFolder("books");
    private readonly string _states = Scratch.NewFolder("states");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Liveness _live = new([Cidr.Parse("10.1.2.2/32")], [$"0::/kubepods/pod1/cri-{Running}.scope"]);

    public IpamTests()
    {
        Reserve("cbr0", "10.1.2.2", $"{Live}\r\neth0");
        Reserve("cbr0", "fd00::2", $"{Live}\r\neth0");
        Reserve("cbr0", "10.1.2.3", $"{Running}\r\neth0");
        Reserve("cbr0", "10.1.2.4", $"{Gone}\r\neth0");
        Reserve("cbr0", "10.1.2.5", "");
        Reserve("blue", "10.9.0.2", "gone-too\r\nnet1");
        Reserve("blue", "10.9.0.3", "starts\r\neth0", age: 0);
        Directory.CreateDirectory(Path.Combine(_books, "no-book"));
        foreach (var (container, network) in new[] { (Live, "cbr0"), (Running, "cbr0"), (Gone, "cbr0"), ("gone-too", "blue"), ("starts", "blue"), ("forgotten", "cbr0") })
        {
            State(container, $$$"""{"name":"{{{network}}}","ipam":{"type":"host-local","dataDir":"{{{_books}}}/"}}""");
        }

        State("of-dhcp", """{"name":"cbr0","ipam":{"type":"dhcp"}}""");
        State("elsewhere", """{"name":"cbr0","ipam":{"type":"host-local","dataDir":"/elsewhere"}}""");
        State("killed", "");
        State("odd", "[]");
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void List_tells_live_from_leaked()
    {
        Assert.Equal(0, Run("list"));
        Assert.Equal(
            """
            ADDRESS   NETWORK  CONTAINER      INTERFACE  AGE  STATE
            10.9.0.2  blue     gone-too       net1       3h   leaked
            10.9.0.3  blue     starts         eth0       0s   young
            10.1.2.2  cbr0     1111111111111  eth0       3h   live
            10.1.2.3  cbr0     2222222222222  eth0       3h   live
            10.1.2.4  cbr0     3333333333333  eth0       3h   leaked
            10.1.2.5  cbr0     -              -          3h   leaked
            fd00::2   cbr0     1111111111111  eth0       3h   live

            """,
            _output.ToString());
    }

    [Fact]
    public void List_in_JSON_has_everything_in_full()
    {
        Assert.Equal(0, Run("list", "-o", "json", "--network", "cbr0"));
        var entry = JsonElement.Parse(_output.ToString())[2];
        Assert.Equal(["10.1.2.4", "cbr0", Gone, "eth0", "leaked"], new[] { "address", "network", "container", "interface", "state" }.Select(name => entry.GetProperty(name).GetString()));
    }

    [Fact]
    public void Gc_says_what_leaked_and_changes_nothing()
    {
        var before = Everything();
        Assert.Equal(0, Run("gc"));
        Assert.Equal(
            [
                $"rm {_books}/blue/10.9.0.2", $"rm {_books}/cbr0/10.1.2.4", $"rm {_books}/cbr0/10.1.2.5",
                $"rm {_states}/{Gone}", $"rm {_states}/forgotten", $"rm {_states}/gone-too", $"rm {_states}/killed", "",
            ],
            _output.ToString().Split('\n'));
        Assert.Equal("Nothing was changed; add --yes to free this.\n", _error.ToString());
        Assert.Equal(before, Everything());
    }

    [Fact]
    public void Gc_frees_it_when_told_to()
    {
        Assert.Equal(0, Run("gc", "--yes", "-o", "json"));
        Assert.True(JsonElement.Parse(_output.ToString()).GetProperty("freed").GetBoolean());
        Assert.Equal(
            ["10.1.2.2", "10.1.2.3", "10.9.0.3", "elsewhere", "fd00::2", "odd", "of-dhcp", "starts", Live, Running],
            Everything().Where(name => name != "lock").OrderBy(name => name is Live or Running).ThenBy(name => name, StringComparer.Ordinal));

        _output.GetStringBuilder().Clear();
        Assert.Equal(0, Run("gc"));
        Assert.Equal("Nothing leaked.\n", _error.ToString());
    }

    [Fact]
    public void Gc_of_one_network_leaves_the_others()
    {
        Assert.Equal(0, Run("gc", "--network=blue"));
        Assert.Equal($"rm {_books}/blue/10.9.0.2\nrm {_states}/gone-too\n", _output.ToString());
    }

    [Fact]
    public void Without_grace_what_starts_seems_leaked()
    {
        Assert.Equal(0, Run("gc", "--older-than=0s", "--network=blue"));
        Assert.Contains("10.9.0.3", _output.ToString(), StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Run("gc", "--older-than=soon"));
    }

    [Fact]
    public void What_is_given_out_anew_meanwhile_is_not_freed()
    {
        var seen = AddressSurvey.Take(_books, TimeSpan.Zero, () => _live, TimeProvider.System).Holdings.Where(holding => holding.ContainerId == Gone).ToList();
        Reserve("cbr0", "10.1.2.4", $"{Gone}\r\neth0", age: 1);

        Assert.Empty(AddressSurvey.Free(seen));
        Assert.Contains("10.1.2.4", Everything());
    }

    [Fact]
    public void A_data_directory_that_is_not_there_has_nothing()
    {
        Assert.Empty(AddressSurvey.Take("/nowhere/at/all", TimeSpan.Zero, () => _live, TimeProvider.System).Holdings);
        Assert.Empty(LeakedIn("/nowhere/at/all"));
    }

    private IReadOnlyList<string> LeakedIn(string states) =>
        Flannel.Cni.LeakedStateFiles.Find(states, AddressSurvey.Take(_books, TimeSpan.Zero, () => _live, TimeProvider.System), null);

    private int Run(params string[] words)
    {
        var commands = new IpamCommands(new CtlConsole(TextReader.Null, _output, _error, _ => null), _ => _live);
        string[] states = words[0] == "gc" ? ["--state-dir", _states] : [];
        var result = commands.Build().Parse([.. words, "--data-dir", _books, .. states]);
        Assert.Empty(result.Errors);
        return result.Invoke(new System.CommandLine.InvocationConfiguration { Output = _output, Error = _error, EnableDefaultExceptionHandler = false });
    }

    private List<string> Everything() =>
        [.. Directory.EnumerateFiles(_books, "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(_states)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private void Reserve(string network, string address, string content, int age = 200)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_books, network)).FullName;
        File.WriteAllText(Path.Combine(folder, "lock"), "");
        Write(Path.Combine(folder, address), content, age);
    }

    private void State(string container, string content) => Write(Path.Combine(_states, container), content, container == "starts" ? 0 : 200);

    private static void Write(string path, string content, int minutes)
    {
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-minutes));
    }
}
