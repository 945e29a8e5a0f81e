using System.Text;
using System.Text.Json;
using Flannel.Cni.HostLocal;
using Flannel.Daemon;
using Flannel.Linux;
using Xunit;

namespace Flannel.KernelTests.Cni.HostLocal;

/// <summary>A program host-local, ours or the standard one, on a data directory.</summary>
internal sealed class AddressProgram
{
    private const string Standard = "/usr/lib/cni/host-local";

    private readonly bool _isOurs;

    private AddressProgram(bool isOurs, string dataDirectory) => (_isOurs, DataDirectory) = (isOurs, dataDirectory);

    public string DataDirectory { get; }

    /// <summary>The files of the network's book, byte by byte; the lock has none.</summary>
    public IReadOnlyDictionary<string, string> Book
    {
        get
        {
            var folder = Path.Combine(DataDirectory, "net");
            return Directory.Exists(folder)
                ? Directory.EnumerateFiles(folder).Where(path => !path.EndsWith("/lock", StringComparison.Ordinal))
                    .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)))
                : new Dictionary<string, string>();
        }
    }

    public static AddressProgram Ours(string dataDirectory) => new(true, dataDirectory);

    /// <summary>Skips the test where Debian's containernetworking-plugins are not installed.</summary>
    public static AddressProgram OfDebian(string dataDirectory)
    {
        Assert.SkipUnless(File.Exists(Standard), $"needs {Standard} of the package containernetworking-plugins");
        return new AddressProgram(false, dataDirectory);
    }

    /// <summary>One call.</summary>
    /// <param name="command">ADD, DEL or CHECK.</param>
    /// <param name="container">Its identifier.</param>
    /// <param name="members">The members of the configuration; <c>DIR</c> stands for the data directory.</param>
    /// <param name="arguments">CNI_ARGS.</param>
    /// <param name="netns">CNI_NETNS.</param>
    public async Task<(int ExitCode, JsonElement Answer)> CallAsync(
        string command, string container, string members, string arguments = "", string netns = "/nowhere")
    {
        Dictionary<string, string> variables = new()
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = container,
            ["CNI_IFNAME"] = "eth0",
            ["CNI_NETNS"] = netns,
            ["CNI_PATH"] = "/usr/lib/cni",
            ["CNI_ARGS"] = arguments,
        };
        var input = $$"""{"name":"net","type":"bridge",{{members.Replace("DIR", DataDirectory, StringComparison.Ordinal)}}}""";
        var (code, output) = _isOurs ? CallOurs(variables, input) : await CallStandardAsync(variables, input);
        return (code, JsonElement.Parse(output.Length == 0 ? "{}" : output));
    }

    private static (int ExitCode, string Output) CallOurs(Dictionary<string, string> variables, string input)
    {
        using var output = new MemoryStream();
        using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var code = CniProgram.Run(new HostLocalPlugin(), name => variables.GetValueOrDefault(name, ""), stdin, output, TextWriter.Null);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }

    private static async Task<(int ExitCode, string Output)> CallStandardAsync(Dictionary<string, string> variables, string input)
    {
        var result = await Tool.RunAsync(
            "env", ["-i", .. variables.Select(variable => $"{variable.Key}={variable.Value}"), Standard], input, TestContext.Current.CancellationToken);
        return (result.ExitCode, result.Output);
    }
}
