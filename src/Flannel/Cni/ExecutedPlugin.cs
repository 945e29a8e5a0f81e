using System.Text;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>A plugin that is a program of its own, spoken to as the specification says: environment, configuration on standard input, result or error on standard output.</summary>
public sealed class ExecutedPlugin : CniPlugin
{
    private const int ShownLength = 500;

    /// <summary>How long a program may still be written to when it is called: an installer is at work.</summary>
    private static readonly TimeSpan InstallPatience = TimeSpan.FromSeconds(5);

    private readonly string _file;

    private ExecutedPlugin(string file) => _file = file;

    public override string Name => Path.GetFileName(_file);

    /// <summary>Looks for a plugin's program in the directories of <c>CNI_PATH</c>, the first counts.</summary>
    /// <exception cref="CniException">The name is none, or no directory has such a file.</exception>
    public static ExecutedPlugin Find(string type, string path)
    {
        if (type.Length == 0)
        {
            throw new CniException(CniException.Internal, "no plugin name provided");
        }

        if (type.Contains('/', StringComparison.Ordinal))
        {
            throw new CniException(CniException.Internal, $"invalid plugin name: {type}");
        }

        // An empty entry would mean the current directory, which is the runtime's.
        var folders = path.Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in folders)
        {
            var file = Path.Combine(folder, type);
            if (File.Exists(file))
            {
                return new ExecutedPlugin(Path.GetFullPath(file));
            }
        }

        throw new CniException(
            CniException.Internal, folders.Length == 0 ? "no paths provided" : $"failed to find plugin \"{type}\" in path [{string.Join(' ', folders)}]");
    }

    public override CniResult Add(CniCall call)
    {
        var output = Execute(call, "ADD");
        try
        {
            var result = UnicodeJson.Parse(Encoding.UTF8.GetBytes(output));
            return result.ValueKind == JsonValueKind.Null ? new CniResult() : CniResultJson.Read(result, call.Config.CniVersion);
        }
        catch (JsonException malformed)
        {
            throw new CniException(CniException.DecodingFailure, $"{Name}: its result is {malformed.Place()}", output.Cut(ShownLength), malformed);
        }
    }

    public override void Delete(CniCall call) => Execute(call, "DEL");

    public override void Check(CniCall call) => Execute(call, "CHECK");

    public override void CollectGarbage(CniCall call) => Execute(call, "GC");

    public override void ReportStatus(CniCall call) => Execute(call, "STATUS");

    private string Execute(CniCall call, string command)
    {
        ToolResult result = default!;
        var environment = EnvironmentOf(call, command);
        var input = Encoding.UTF8.GetString(call.Config.Utf8.Span);
        if (!Polling.Until(() => TryRun(input, environment, out result), InstallPatience))
        {
            throw new CniException(CniException.TryAgainLater, $"{_file}: somebody has been writing to it for {InstallPatience.TotalSeconds:0} s");
        }

        if (result.ExitCode != 0)
        {
            throw Fault(result);
        }

        call.Diagnostics.Write(result.Error);
        return result.Output;
    }

    private bool TryRun(string input, KeyValuePair<string, string>[] environment, out ToolResult result)
    {
        try
        {
            result = Tool.Run(_file, [], input, environment);
            return true;
        }
        catch (LinuxException busy) when (busy.Errno == Errnos.ETXTBSY)
        {
            result = new ToolResult(0, "", "");
            return false;
        }
    }

    private static KeyValuePair<string, string>[] EnvironmentOf(CniCall call, string command) =>
    [
        new("CNI_COMMAND", command),
        new("CNI_CONTAINERID", call.ContainerId),
        new("CNI_NETNS", call.Netns),
        new("CNI_IFNAME", call.IfName),
        new("CNI_ARGS", call.Args),
        new("CNI_PATH", call.Path),
    ];

    /// <summary>The program's own error document, or what else there is to say when it wrote none.</summary>
    private static CniException Fault(ToolResult result)
    {
        if (result.Output.Length == 0)
        {
            return new CniException(
                CniException.Internal,
                result.Error.Length == 0
                    ? $"netplugin failed with no error message: exit status {result.ExitCode}"
                    : $"netplugin failed: {result.Error.Trim().Cut(ShownLength)}: exit status {result.ExitCode}");
        }

        try
        {
            var error = UnicodeJson.Parse(Encoding.UTF8.GetBytes(result.Output));
            return new CniException(error.Integer("code", CniException.Internal), error.Text("msg"), error.Text("details"));
        }
        catch (Exception fault) when (fault is JsonException or CniException)
        {
            return new CniException(
                CniException.Internal, $"netplugin failed but error parsing its diagnostic message: exit status {result.ExitCode}", result.Output.Cut(ShownLength), fault);
        }
    }
}
