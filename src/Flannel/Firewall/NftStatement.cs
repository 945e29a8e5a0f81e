using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Flannel.Firewall;

/// <summary>Prints one statement of an nft rule, given as JSON, in the normal form of <see cref="Linux.Firewall.NftTable"/>.</summary>
internal static class NftStatement
{
    /// <summary>
    /// The statement; empty for counters and for the comment match of iptables, which do nothing to a packet. What flannel never writes is printed
    /// as its JSON, so it differs from every rule of ours.
    /// </summary>
    public static string Print(JsonElement statement)
    {
        var part = First(statement);
        return part.Name switch
        {
            "counter" => "",
            "xt" when Name(part.Value) == "comment" => "",
            "xt" => $"xt {Name(part.Value)}",
            "accept" or "drop" or "return" => part.Name,
            "jump" or "goto" => $"{part.Name} {part.Value.GetProperty("target").GetString()}",
            "reject" => "reject",
            "masquerade" => Masquerade(part.Value),
            "match" => Match(part.Value),
            _ => statement.GetRawText(),
        };
    }

    private static JsonProperty First(JsonElement statement)
    {
        foreach (var part in statement.EnumerateObject())
        {
            return part;
        }

        throw new JsonException("a statement is empty");
    }

    private static IEnumerable<string?> Texts(JsonElement array)
    {
        foreach (var item in array.EnumerateArray())
        {
            yield return item.GetString();
        }
    }

    private static string Name(JsonElement extension) =>
        extension.ValueKind == JsonValueKind.Object && extension.TryGetProperty("name", out var name) ? name.GetString() ?? "" : "";

    // null, {"flags": "fully-random"} or {"flags": ["random", "fully-random"]}
    private static string Masquerade(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return "masquerade";
        }

        if (value.GetPropertyCount() != 1 || !value.TryGetProperty("flags", out var flags))
        {
            return $"masquerade {value.GetRawText()}";
        }

        return "masquerade " + (flags.ValueKind == JsonValueKind.Array
            ? string.Join(',', Texts(flags))
            : flags.GetString());
    }

    // {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.5.0.0", "len": 16}}}
    private static string Match(JsonElement match)
    {
        var left = match.GetProperty("left");
        var right = match.GetProperty("right");
        var (name, value) = left switch
        {
            { ValueKind: JsonValueKind.Object }
                when left.TryGetProperty("payload", out var payload) && payload.TryGetProperty("field", out var field) =>
                ($"{payload.GetProperty("protocol").GetString()} {field.GetString()}", Address(right)),
            { ValueKind: JsonValueKind.Object } when left.TryGetProperty("meta", out var meta) =>
                ($"meta {meta.GetProperty("key").GetString()}", Number(right)),
            _ => (left.GetRawText(), right.GetRawText()),
        };
        var op = match.GetProperty("op").GetString();
        return op is "==" ? $"{name} {value}" : $"{name} {op} {value}";
    }

    private static string Address(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.Object }
            when value.TryGetProperty("prefix", out var prefix) && prefix.GetProperty("addr").ValueKind == JsonValueKind.String =>
            $"{prefix.GetProperty("addr").GetString()}/{prefix.GetProperty("len").GetInt32()}",
        { ValueKind: JsonValueKind.String } when IPAddress.TryParse(value.GetString(), out var address) => Linux.Cidr.Host(address).ToString(),
        _ => value.GetRawText(),
    };

    private static string Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var number)
        ? string.Create(CultureInfo.InvariantCulture, $"0x{number:x}")
        : value.GetRawText();
}
