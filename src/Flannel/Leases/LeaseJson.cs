using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Leases;

/// <summary>The value of a lease record (store-etcd.md §2): read in any order and letter case, written compactly in the one order all releases write.</summary>
internal static class LeaseJson
{
    /// <summary>Longest value that is read, in characters. Backend data is a key or a MAC; whatever is longer is no lease.</summary>
    public const int LongestValue = 64 * 1024;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="JsonException">The backend data is not JSON.</exception>
    public static string Write(LeaseAttributes attributes)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteString("PublicIP"u8, attributes.PublicIP?.ToString() ?? "0.0.0.0");
            json.WriteString("PublicIPv6"u8, attributes.PublicIPv6?.ToString());
            if (attributes.BackendType.Length > 0)
            {
                json.WriteString("BackendType"u8, attributes.BackendType);
            }

            WriteRaw(json, "BackendData"u8, attributes.BackendData);
            WriteRaw(json, "BackendV6Data"u8, attributes.BackendV6Data);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads a value; when it is none, <paramref name="reason"/> says why, without quoting it.</summary>
    public static bool TryRead(string value, [NotNullWhen(true)] out LeaseAttributes? attributes, [NotNullWhen(false)] out string? reason)
    {
        attributes = null;
        if (value.Length > LongestValue)
        {
            reason = $"the value has more than {LongestValue} characters";
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value));
            attributes = Read(ref reader);
            reason = null;
            return true;
        }
        catch (JsonException malformed)
        {
            reason = $"the value is not a lease: {malformed.Place()}";
            return false;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            reason = $"the value is not a lease: {e.Message}";
            return false;
        }
    }

    private static LeaseAttributes Read(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("it is not a JSON object");
        }

        var attributes = new LeaseAttributes();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            attributes = WithField(attributes, name, ref reader);
        }

        // A second value after the object makes this throw.
        reader.Read();
        return attributes;
    }

    private static LeaseAttributes WithField(LeaseAttributes attributes, string name, ref Utf8JsonReader reader)
    {
        if (Is(name, "PublicIP"))
        {
            return attributes with { PublicIP = ReadAddress(ref reader, "PublicIP", AddressFamily.InterNetwork) };
        }

        if (Is(name, "PublicIPv6"))
        {
            return attributes with { PublicIPv6 = ReadAddress(ref reader, "PublicIPv6", AddressFamily.InterNetworkV6) };
        }

        if (Is(name, "BackendType"))
        {
            return attributes with { BackendType = ReadType(ref reader) };
        }

        if (Is(name, "BackendData"))
        {
            return attributes with { BackendData = ReadRaw(ref reader) };
        }

        if (Is(name, "BackendV6Data"))
        {
            return attributes with { BackendV6Data = ReadRaw(ref reader) };
        }

        reader.Skip();
        return attributes;
    }

    /// <summary>The types that thousands of peers share are one string each.</summary>
    private static string ReadType(ref Utf8JsonReader reader) =>
        ReadText(ref reader, "BackendType") switch { "vxlan" => "vxlan", "host-gw" => "host-gw", { } other => other, null => "" };

    private static bool Is(string name, string field) => name.Equals(field, StringComparison.OrdinalIgnoreCase);

    /// <summary>The unspecified address means none in either family.</summary>
    private static IPAddress? ReadAddress(ref Utf8JsonReader reader, string field, AddressFamily family)
    {
        if (ReadText(ref reader, field) is not { Length: > 0 } text)
        {
            return null;
        }

        if (!Cidr.TryParseAddress(text, out var address) || address.AddressFamily != family)
        {
            throw new FormatException($"{field} is not an {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address");
        }

        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? null : address;
    }

    private static string? ReadText(ref Utf8JsonReader reader, string field) =>
        reader.TokenType is JsonTokenType.String or JsonTokenType.Null ? reader.GetString() : throw new FormatException($"{field} is not a string");

    private static string? ReadRaw(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.GetRawText();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? raw)
    {
        if (raw is not null)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(raw);
        }
    }
}
