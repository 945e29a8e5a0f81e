using System.Text.Json;

namespace Flannel.Cni;

/// <summary>
/// The members of a JSON object read the way the other plugins read theirs: names in any letter case, the last of equal names counts, <c>null</c> is as good as absent.
/// A value of another type is a <see cref="CniException"/> with code 6 that names member and value. The elements come from <see cref="PluginConfig"/>.
/// </summary>
public static class JsonMembers
{
    private const int ShownLength = 80;

    /// <summary>A member that is there and not <c>null</c>; false as well when <paramref name="parent"/> is no object.</summary>
    public static bool TryGetMember(this JsonElement parent, string name, out JsonElement value)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            value = default;
            return false;
        }

        return (parent.TryGetProperty(name, out value) || TryGetInAnyCase(parent, name, out value)) && value.ValueKind != JsonValueKind.Null;
    }

    public static string Text(this JsonElement parent, string name, string fallback = "") =>
        !parent.TryGetMember(name, out var value) ? fallback :
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Fault(name, "must be a string", value);

    public static bool Flag(this JsonElement parent, string name, bool fallback = false) =>
        !parent.TryGetMember(name, out var value) ? fallback :
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Fault(name, "must be true or false", value);

    public static int Integer(this JsonElement parent, string name, int fallback = 0) => parent.OptionalInteger(name) ?? fallback;

    public static int? OptionalInteger(this JsonElement parent, string name) =>
        !parent.TryGetMember(name, out var value) ? null :
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Fault(name, "must be a whole number", value);

    /// <summary>An object, or null where there is none.</summary>
    public static JsonElement? Object(this JsonElement parent, string name) =>
        !parent.TryGetMember(name, out var value) ? null : value.ValueKind == JsonValueKind.Object ? value : throw Fault(name, "must be an object", value);

    /// <summary>The elements of an array; none where there is no such member.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement parent, string name) =>
        parent.TryGetMember(name, out var value) ? value.Elements(name) : [];

    /// <summary>The elements of this array; none of <c>null</c>.</summary>
    /// <param name="value">What has to be an array.</param>
    /// <param name="name">Its name, for the fault.</param>
    internal static IEnumerable<JsonElement> Elements(this JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray(),
        JsonValueKind.Null => [],
        _ => throw Fault(name, "must be an array", value),
    };

    /// <summary>The strings of an array; none where there is no such member.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement parent, string name)
    {
        List<string> texts = [];
        foreach (var item in parent.Items(name))
        {
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Fault(name, "must hold strings only", item));
        }

        return texts;
    }

    /// <summary>The fault of one value: <c>failed to load netconf: name requirement, not value</c>.</summary>
    public static CniException Fault(string name, string requirement, JsonElement value) =>
        new(CniException.DecodingFailure, $"failed to load netconf: {name} {requirement}, not {value.GetRawText().Cut(ShownLength)}");

    private static bool TryGetInAnyCase(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        var isFound = false;
        foreach (var property in parent.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                (value, isFound) = (property.Value, true);
            }
        }

        return isFound;
    }
}
