using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flannel.Bench.Figures;

/// <summary>
/// The figures for programs: <c>{"cores":2,"kernel":"6.1","quick":false,"figures":[{"name","unit","value","limit","bound":"atMost","basis","reached","original"}]}</c>,
/// values in bytes, seconds or none.
/// </summary>
internal static class FigureJson
{
    public static byte[] Format(IReadOnlyList<Figure> figures, bool quick)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("cores", Environment.ProcessorCount);
            json.WriteString("kernel", Environment.OSVersion.Version.ToString(3));
            json.WriteBoolean("quick", quick);
            json.WriteStartArray("figures");
            foreach (var figure in figures)
            {
                Write(json, figure);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Figure figure)
    {
        json.WriteStartObject();
        json.WriteString("name", figure.Name);
        json.WriteString("unit", figure.Value.Unit switch { Unit.Bytes => "bytes", Unit.Seconds => "seconds", _ => "ratio" });
        json.WriteNumber("value", figure.Value.Value);
        if (figure.Bar is { } bar)
        {
            json.WriteNumber("limit", bar.Limit.Value);
            json.WriteString("bound", bar.IsFloor ? "atLeast" : "atMost");
            json.WriteString("basis", bar.Basis);
            json.WriteBoolean("reached", figure.IsReached);
        }

        json.WriteString("original", figure.Original);
        json.WriteEndObject();
    }
}
