using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>A core/v1 Event as JSON.</summary>
internal static class EventBody
{
    /// <summary>The server wants the events of what has no namespace here.</summary>
    public const string Namespace = "default";

    private const string Component = "flanneld";

    // The server refuses a longer message.
    private const int LongestMessage = 1024;

    public static ReadOnlyMemory<byte> Write(KubeEvent note)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "Event");
        json.WriteStartObject("metadata");
        json.WriteString("generateName", $"{note.NodeName}.");
        json.WriteString("namespace", Namespace);
        json.WriteEndObject();
        json.WriteStartObject("involvedObject");
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "Node");
        json.WriteString("name", note.NodeName);
        // As kubelets do: describe looks for a node's events by its name in this place.
        json.WriteString("uid", note.NodeName);
        json.WriteEndObject();
        json.WriteString("type", note.IsWarning ? "Warning" : "Normal");
        json.WriteString("reason", note.Reason);
        json.WriteString("message", note.Message.Length > LongestMessage ? note.Message[..LongestMessage] : note.Message);
        if (note.Action.Length > 0)
        {
            json.WriteString("action", note.Action);
        }

        json.WriteNumber("count", note.Count);
        json.WriteString("firstTimestamp", Time(note.FirstTime));
        json.WriteString("lastTimestamp", Time(note.LastTime));
        json.WriteStartObject("source");
        json.WriteString("component", Component);
        json.WriteString("host", note.NodeName);
        json.WriteEndObject();
        json.WriteString("reportingComponent", Component);
        json.WriteString("reportingInstance", note.NodeName);
        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
