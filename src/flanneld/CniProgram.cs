using System.Text.Json;

namespace Flannel.Daemon;

/// <summary>The program <c>flannel</c>, the CNI plugin. There is none yet: a container runtime that calls it gets the error object of the CNI specification.</summary>
internal static class CniProgram
{
    /// <summary>The first of the codes that the specification leaves to plugins.</summary>
    private const int PluginError = 100;

    public static int Run(Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("cniVersion", "1.0.0");
        json.WriteNumber("code", PluginError);
        json.WriteString("msg", "the flannel CNI plugin is not in this release yet");
        json.WriteEndObject();
        return ExitCode.Failure;
    }
}
