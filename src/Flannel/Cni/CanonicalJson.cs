using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flannel.Cni;

/// <summary>
/// JSON in the one form the generated configuration has always had: members in the order of the alphabet, no white space, numbers as the shortest text of a double, and
/// no character that means something to HTML. So a saved configuration of any release is the same bytes.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>Below this magnitude, and from <see cref="FirstLarge"/> on, a number is written with an exponent.</summary>
    private const double LastSmall = 1e-6;

    private const double FirstLarge = 1e21;

    /// <summary>Any value. Of equal member names the last counts.</summary>
    /// <exception cref="CniException">A number beyond all doubles: code 6.</exception>
    public static string Text(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    public static string Text(string value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    /// <summary>An object of members whose values are canonical already.</summary>
    public static string Text(SortedDictionary<string, string> members)
    {
        var text = new StringBuilder();
        Append(text, members);
        return text.ToString();
    }

    /// <summary>The members of an object, their values canonical; none without an object.</summary>
    public static SortedDictionary<string, string> Members(JsonElement? value)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (value is { } element)
        {
            foreach (var property in element.EnumerateObject())
            {
                members[property.Name] = Text(property.Value);
            }
        }

        return members;
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Append(text, Members(value));
                break;
            case JsonValueKind.Array:
                var separator = '[';
                foreach (var item in value.EnumerateArray())
                {
                    text.Append(separator);
                    Append(text, item);
                    separator = ',';
                }

                text.Append(separator == '[' ? "[]" : "]");
                break;
            case JsonValueKind.String:
                Append(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                Append(text, value.TryGetDouble(out var number) && double.IsFinite(number)
                    ? number
                    : throw JsonMembers.Fault("a number", "must fit a double", value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Append(StringBuilder text, SortedDictionary<string, string> members)
    {
        var separator = '{';
        foreach (var (name, value) in members)
        {
            text.Append(separator);
            Append(text, name);
            text.Append(':').Append(value);
            separator = ',';
        }

        text.Append(separator == '{' ? "{}" : "}");
    }

    private static void Append(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' or '\\' => text.Append('\\').Append(character),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }

    private static void Append(StringBuilder text, double number)
    {
        // The shortest digits: 0.00012, 1450, but 1.5E-07 and 1E+16.
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0)
        {
            text.Append(shortest);
            return;
        }

        var exponent = int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (Math.Abs(number) is < LastSmall or >= FirstLarge)
        {
            text.Append(shortest.AsSpan(0, mark)).Append(exponent < 0 ? "e-" : "e+").Append(Math.Abs(exponent));
            return;
        }

        var sign = shortest[0] == '-' ? "-" : "";
        AppendShifted(text.Append(sign), shortest[sign.Length..mark].Replace(".", "", StringComparison.Ordinal), exponent);
    }

    /// <summary>Digits, of which the first counts ten to the power of the exponent, without an exponent.</summary>
    private static void AppendShifted(StringBuilder text, string digits, int exponent)
    {
        if (exponent < 0)
        {
            text.Append("0.").Append('0', -exponent - 1).Append(digits);
        }
        else if (digits.Length <= exponent + 1)
        {
            text.Append(digits).Append('0', exponent + 1 - digits.Length);
        }
        else
        {
            text.Append(digits.AsSpan(0, exponent + 1)).Append('.').Append(digits.AsSpan(exponent + 1));
        }
    }
}
