using System.Text;
using System.Text.Json;
using Flannel.Cni;
using Flannel.Daemon;
using Xunit;

namespace Flannel.UnitTests.Cni;

/// <summary>What a runtime sees of a plugin, whichever it is.</summary>
public sealed class CniProgramTests : IDisposable
{
    private const string Config = """{"name":"n1","type":"probe","cniVersion":"1.1.0"}""";

    private readonly Probe _plugin = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = new()
    {
        ["CNI_COMMAND"] = "ADD",
        ["CNI_CONTAINERID"] = "c1",
        ["CNI_NETNS"] = "/run/netns/none",
        ["CNI_IFNAME"] = "eth0",
        ["CNI_PATH"] = "/opt/cni/bin",
    };

    [Fact]
    public void Without_a_command_it_says_what_it_is()
    {
        _environment.Clear();

        Assert.Equal((0, ""), Run("no configuration"));
        Assert.Matches(
            @"^CNI Plugin probe version \S+ \(linux/\S+\) commit \S+\nCNI protocol versions supported: 0\.1\.0, 0\.2\.0, 0\.3\.0, 0\.3\.1, 0\.4\.0, 1\.0\.0, 1\.1\.0\n$", _error.ToString());
    }

    [Fact]
    public void Version_needs_no_configuration()
    {
        _environment["CNI_COMMAND"] = "VERSION";

        Assert.Equal((0, """{"cniVersion":"1.1.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}""" + "\n"), Run("no configuration"));
    }

    [Theory]
    [InlineData("ADD")]
    [InlineData("DEL")]
    [InlineData("CHECK")]
    [InlineData("GC")]
    [InlineData("STATUS")]
    public void Each_command_reaches_the_plugin(string command)
    {
        _environment["CNI_COMMAND"] = command;

        Assert.Equal(0, Run(Config).ExitCode);
        Assert.Equal($"{command} c1 /run/netns/none eth0 n1", _plugin.Told);
    }

    [Theory]
    [InlineData("ADD", "CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH")]
    [InlineData("CHECK", "CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH")]
    [InlineData("DEL", "CNI_CONTAINERID,CNI_IFNAME,CNI_PATH")]
    [InlineData("GC", "CNI_PATH")]
    [InlineData("STATUS", "CNI_PATH")]
    public void All_missing_variables_are_named_at_once(string command, string missing)
    {
        _environment.Clear();
        _environment["CNI_COMMAND"] = command;

        Refuses(4, $"required env variables [{missing}] missing");
    }

    [Theory]
    [InlineData("CNI_CONTAINERID", "../c1", 4, "invalid characters in containerID")]
    [InlineData("CNI_CONTAINERID", "-c1", 4, "invalid characters in containerID")]
    [InlineData("CNI_IFNAME", "eth0/1", 4, "interface name contains / or : or whitespace characters")]
    [InlineData("CNI_IFNAME", "eth\u00a00", 4, "interface name contains / or : or whitespace characters")]
    [InlineData("CNI_IFNAME", "..", 4, "interface name is . or ..")]
    [InlineData("CNI_IFNAME", "abcdefghijklmnop", 4, "interface name is too long")]
    [InlineData("CNI_COMMAND", "add", 4, "unknown CNI_COMMAND: add")]
    [InlineData("CNI_NETNS", "/proc/thread-self/ns/net", 8, "plugin's netns and netns from CNI_NETNS should not be the same")]
    public void A_malformed_variable_is_refused(string name, string value, int code, string message)
    {
        _environment[name] = value;

        Refuses(code, message);
    }

    [Fact]
    public void A_runtime_may_insist_on_its_own_namespace()
    {
        _environment["CNI_NETNS"] = "/proc/thread-self/ns/net";
        _environment["CNI_NETNS_OVERRIDE"] = "TRUE";

        Assert.Equal(0, Run(Config).ExitCode);
    }

    [Theory]
    [InlineData("", 6, "failed to load netconf: malformed JSON at line 1, byte 1")]
    [InlineData("{}", 7, "missing network name")]
    [InlineData("""{"name":"a/b"}""", 7, "invalid characters found in network name")]
    [InlineData("""{"name":"n1","cniVersion":"1.2.0"}""", 1, "incompatible CNI versions")]
    public void A_configuration_that_is_none_is_refused(string config, int code, string message) => Refuses(code, message, config);

    [Theory]
    [InlineData("CHECK", "0.3.1")]
    [InlineData("GC", "1.0.0")]
    [InlineData("STATUS", "1.0.0")]
    public void A_command_that_is_younger_than_the_configuration_is_refused(string command, string version)
    {
        _environment["CNI_COMMAND"] = command;

        Refuses(1, $"config version does not allow {command}", $$"""{"name":"n1","cniVersion":"{{version}}"}""");
    }

    [Fact]
    public void An_error_document_is_indented_and_has_details_where_there_are_any()
    {
        _plugin.Fault = new CniException(100, "it is <odd>", "very");
        Assert.Equal((1, "{\n    \"cniVersion\": \"1.1.0\",\n    \"code\": 100,\n    \"msg\": \"it is <odd>\",\n    \"details\": \"very\"\n}"), Run(Config));

        _plugin.Fault = new InvalidOperationException("broken");
        Assert.Equal((1, "{\n    \"cniVersion\": \"1.1.0\",\n    \"code\": 999,\n    \"msg\": \"broken\"\n}"), Run(Config));
    }

    [Fact]
    public void A_result_that_the_version_cannot_say_leaves_nothing_but_the_error() =>
        Refuses(999, "cannot convert: no valid IP addresses", """{"name":"n1","cniVersion":"0.2.0"}""");

    [Fact]
    public void The_plugins_of_this_program_answer_by_their_names()
    {
        Assert.Equal("flannel", CniProgram.Find("flannel")?.Name);
        Assert.Null(CniProgram.Find("flanneld"));
    }

    public void Dispose() => _error.Dispose();

    private void Refuses(int code, string message, string config = Config)
    {
        var (exitCode, output) = Run(config);

        Assert.Equal(1, exitCode);
        using var document = JsonDocument.Parse(output);
        Assert.Equal((code, message), (document.RootElement.GetProperty("code").GetInt32(), document.RootElement.GetProperty("msg").GetString()));
    }

    private (int ExitCode, string Output) Run(string config)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(config));
        using var output = new MemoryStream();
        var exitCode = CniProgram.Run(_plugin, name => _environment.GetValueOrDefault(name, ""), input, output, _error);
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <summary>Says what it was told, and fails when it is asked to.</summary>
    private sealed class Probe : CniPlugin
    {
        public override string Name => "probe";

        public string? Told { get; private set; }

        public Exception? Fault { get; set; }

        public override CniResult Add(CniCall call)
        {
            Tell("ADD", call);
            return new CniResult();
        }

        public override void Delete(CniCall call) => Tell("DEL", call);

        public override void Check(CniCall call) => Tell("CHECK", call);

        public override void CollectGarbage(CniCall call) => Tell("GC", call);

        public override void ReportStatus(CniCall call) => Tell("STATUS", call);

        private void Tell(string method, CniCall call)
        {
            Told = $"{method} {call.ContainerId} {call.Netns} {call.IfName} {call.Config.Name}";
            if (Fault is not null)
            {
                throw Fault;
            }
        }
    }
}
