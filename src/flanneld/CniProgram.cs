using System.Text.Json;
using Flannel.Cni;
using Flannel.Linux;

namespace Flannel.Daemon;

/// <summary>
/// A CNI plugin as a program: environment and standard input make the call, standard output takes the result or the error document. Nothing here starts the thread pool
/// or the console: a container waits.
/// </summary>
internal static class CniProgram
{
    /// <summary>The plugin of a program's name; null where the name is none of a plugin.</summary>
    public static CniPlugin? Find(string name) => name == FlannelPlugin.PluginName ? new FlannelPlugin() : Delegates.Own(name);

    /// <summary>Answers with the streams and the environment of this process.</summary>
    public static int Run(CniPlugin plugin)
    {
        using var input = StandardStream.Input;
        using var output = StandardStream.Output;
        using var error = new StreamWriter(StandardStream.Error) { AutoFlush = true };
        return Run(plugin, name => Environment.GetEnvironmentVariable(name) ?? "", input, output, error);
    }

    /// <param name="plugin">Who is called.</param>
    /// <param name="environment">A variable's value, empty where it is not set.</param>
    /// <param name="input">The configuration.</param>
    /// <param name="output">Takes the result, the versions or the error document.</param>
    /// <param name="error">Takes what is for people.</param>
    public static int Run(CniPlugin plugin, Func<string, string> environment, Stream input, Stream output, TextWriter error)
    {
        var version = CniVersion.Latest;
        try
        {
            switch (environment(CniRequest.Command))
            {
                case "":
                    WriteAbout(plugin, error);
                    break;
                case "VERSION":
                    WriteVersions(output);
                    break;
                default:
                    var call = CniRequest.Read(environment, input) with { Diagnostics = error };
                    version = call.Config.CniVersion;
                    Answer(plugin, call, output);
                    break;
            }

            return ExitCode.Ok;
        }
        catch (Exception fault)
        {
            WriteError(output, version, fault as CniException ?? new CniException(CniException.Internal, fault.Message));
            return ExitCode.Failure;
        }
    }

    private static void Answer(CniPlugin plugin, CniCall call, Stream output)
    {
        switch (call.Command)
        {
            case CniCommand.Add:
                var result = plugin.Add(call);
                WriteDocument(output, json => CniResultJson.Write(json, result, call.Config.CniVersion));
                break;
            case CniCommand.Del:
                plugin.Delete(call);
                break;
            case CniCommand.Check:
                plugin.Check(call);
                break;
            case CniCommand.Gc:
                plugin.CollectGarbage(call);
                break;
            case CniCommand.Status:
                plugin.ReportStatus(call);
                break;
        }
    }

    private static void WriteAbout(CniPlugin plugin, TextWriter error)
    {
        error.WriteLine($"CNI Plugin {plugin.Name} version {ProductVersion.Text} (linux/{ProductVersion.Architecture}) commit {ProductVersion.Commit}");
        error.WriteLine($"CNI protocol versions supported: {string.Join(", ", CniVersion.Supported)}");
    }

    private static void WriteVersions(Stream output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("cniVersion"u8, CniVersion.Latest.ToString());
            json.WriteStartArray("supportedVersions"u8);
            foreach (var version in CniVersion.Supported)
            {
                json.WriteStringValue(version.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteError(Stream output, CniVersion version, CniException fault) => WriteDocument(output, json =>
    {
        json.WriteStartObject();
        json.WriteString("cniVersion"u8, version.ToString());
        json.WriteNumber("code"u8, fault.Code);
        json.WriteString("msg"u8, fault.Message);
        if (!string.IsNullOrEmpty(fault.Details))
        {
            json.WriteString("details"u8, fault.Details);
        }

        json.WriteEndObject();
    });

    // Through memory: a document that fails half way must not be half written.
    private static void WriteDocument(Stream output, Action<Utf8JsonWriter> write)
    {
        using var document = new MemoryStream();
        using (var json = new Utf8JsonWriter(document, CniResultJson.DocumentOptions))
        {
            write(json);
        }

        output.Write(document.GetBuffer().AsSpan(0, (int)document.Length));
    }
}
