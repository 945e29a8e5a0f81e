using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>Kubernetes' way to say that something failed (meta/v1 Status): the body of a refused request, or the object of a watch's ERROR event.</summary>
internal readonly record struct KubeStatus(int Code, string Reason, string Message, int RetryAfterSeconds)
{
    private const int LongestText = 300;

    /// <summary>Reads a body; what is no Status, from a proxy for instance, becomes the message, cut to a line.</summary>
    public static KubeStatus Parse(ReadOnlyMemory<byte> body, int code)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && Text(root, "message") is { Length: > 0 } message)
            {
                var seconds = root.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object
                    && details.TryGetProperty("retryAfterSeconds", out var wait) && wait.TryGetInt32(out var number) ? number : 0;
                return new KubeStatus(code, Text(root, "reason"), message, seconds);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not Kubernetes' words.
        }

        var text = System.Text.Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, LongestText)]);
        return new KubeStatus(code, "", string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), 0);
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
