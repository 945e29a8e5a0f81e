using System.Text;
using System.Text.Json;

namespace Flannel.Config;

/// <summary>
/// A JSON object read the way flannel's configuration is: keys without regard to case, the last of equal keys counts, unknown keys are ignored, and <c>null</c> for a
/// number, a truth value or a text leaves the default. Every fault is a <see cref="ConfigException"/> that begins with the subject.
/// </summary>
internal sealed class OptionsReader
{
    private const int ShownLength = 80;

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _subject;

    /// <exception cref="ConfigException">The text is not one JSON object.</exception>
    public OptionsReader(string json, string subject)
    {
        _subject = subject;
        if (string.IsNullOrWhiteSpace(json))
        {
            throw new ConfigException($"{subject}: it is empty, a JSON object is needed");
        }

        var root = Read(json);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ConfigException($"{subject}: a JSON object is needed, not {Show(root)}");
        }

        foreach (var property in root.EnumerateObject())
        {
            _values[Name(property)] = property.Value;
        }
    }

    /// <summary>The value of a key, <c>null</c> included.</summary>
    public bool TryGet(string key, out JsonElement value) => _values.TryGetValue(key, out value);

    /// <summary>The JSON text of a value, or null where the key is absent.</summary>
    public string? Raw(string key) => TryGet(key, out var value) ? value.GetRawText() : null;

    public bool Boolean(string key, bool fallback)
    {
        if (!IsGiven(key, out var value))
        {
            return fallback;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Fault(key, "must be true or false", value);
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>; the fallback may also be written out when it lies outside.</summary>
    public int Integer(string key, int fallback, int min, int max)
    {
        if (!IsGiven(key, out var value))
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && (number == fallback || number >= min && number <= max))
        {
            return number;
        }

        var alternative = fallback < min ? $"{fallback} or " : "";
        throw Fault(key, $"must be {alternative}a whole number from {min} to {max}", value);
    }

    public string Text(string key, string fallback)
    {
        if (!IsGiven(key, out var value))
        {
            return fallback;
        }

        return value.ValueKind == JsonValueKind.String ? Unquote(value) : throw Fault(key, "must be a text in quotes", value);
    }

    /// <summary>One of the names of an enumeration in quotes, without regard to case.</summary>
    public T Choice<T>(string key, T fallback)
        where T : struct, Enum
    {
        if (!IsGiven(key, out var value))
        {
            return fallback;
        }

        var names = Enum.GetNames<T>();
        var chosen = value.ValueKind == JsonValueKind.String ? Unquote(value) : null;
        var index = Array.FindIndex(names, name => name.Equals(chosen, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? Enum.GetValues<T>()[index]
            : throw Fault(key, $"must be one of {string.Join(", ", names.Select(name => $"\"{name.ToLowerInvariant()}\""))}", value);
    }

    /// <summary>A fault of one value: <c>subject: key requirement, not value</c>.</summary>
    public ConfigException Fault(string key, string requirement, JsonElement value) =>
        new($"{_subject}: {key} {requirement}, not {Show(value)}");

    /// <summary>The text of a JSON string; one with an escaped half of a surrogate pair, which is no text, comes as written.</summary>
    public static string Unquote(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }

    private JsonElement Read(string json)
    {
        try
        {
            // Through bytes, because half a surrogate pair in a .NET string is then replaced instead of thrown at.
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
            return document.RootElement.Clone();
        }
        catch (JsonException malformed)
        {
            throw new ConfigException($"{_subject}: {malformed.Place()}");
        }
    }

    private bool IsGiven(string key, out JsonElement value) =>
        _values.TryGetValue(key, out value) && value.ValueKind != JsonValueKind.Null;

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return ""; // half a surrogate pair: no key of ours
        }
    }

    private static string Show(JsonElement value) => value.GetRawText().Cut(ShownLength);
}
