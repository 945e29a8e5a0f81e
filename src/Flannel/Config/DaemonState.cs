using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Config;

/// <summary>
/// Where the daemon stands, in a small file beside the subnet file: for the plugin, which has no other way to ask. One JSON object with <c>phase</c>
/// (<c>waiting</c>, <c>ready</c> or <c>stopped</c>), <c>reason</c> and <c>since</c>, a time as in RFC 3339.
/// </summary>
public sealed record DaemonState(string Phase, string Reason, DateTimeOffset Since)
{
    public const string Waiting = "waiting";
    public const string Ready = "ready";
    public const string Stopped = "stopped";

    private const int Longest = 64 * 1024;

    public bool IsReady => Phase == Ready;

    /// <summary>The file that belongs to a subnet file: <c>/run/flannel/subnet.state</c>.</summary>
    public static string FileBeside(string subnetFile) =>
        Path.ChangeExtension(subnetFile, "state") is var file && file != subnetFile ? file : $"{subnetFile}.state";

    /// <summary>What a file says; null when there is none or nothing in it makes sense: it only ever adds to a message.</summary>
    public static DaemonState? Read(string path)
    {
        try
        {
            return DurableFile.Read(path, Longest) is { } text ? Parse(text) : null;
        }
        catch (Exception unusable) when (unusable is LinuxException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file as a whole. It is not waited for the disk: after a crash of the host there is no daemon.</summary>
    /// <exception cref="IOException">No space, no directory, a read-only file system.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public void Write(string path)
    {
        var target = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(target)!;
        SubnetFile.MakeDirectory(directory);
        var temporary = Path.Combine(directory, $".{Path.GetFileName(target)}.tmp");
        File.WriteAllBytes(temporary, ToUtf8());
        File.Move(temporary, target, overwrite: true);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Reason.Length > 0 ? Reason : Phase)} (since {Since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ})");

    private static DaemonState? Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object &&
            root.TryGetProperty("phase", out var phase) && phase.ValueKind == JsonValueKind.String &&
            root.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String &&
            root.TryGetProperty("since", out var since) && since.ValueKind == JsonValueKind.String && since.TryGetDateTimeOffset(out var time)
                ? new DaemonState(phase.GetString()!, reason.GetString()!, time)
                : null;
    }

    private byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("phase"u8, Phase);
            json.WriteString("reason"u8, Reason);
            json.WriteString("since"u8, Since.UtcDateTime);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }
}
