using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flannel.Cni;

/// <summary>
/// Parses JSON so that every name and string in it is text: bytes that are no UTF-8 and escapes that are half a character become U+FFFD, as the other plugins have it. The
/// BCL refuses them only later, when they are looked at.
/// </summary>
internal static class UnicodeJson
{
    private const int EscapeLength = 6;

    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        var valid = System.Text.Unicode.Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));
        using var document = JsonDocument.Parse(valid.Span.IndexOf("\\u"u8) < 0 ? valid : WithWholeEscapes(valid.Span));
        return document.RootElement.Clone();
    }

    private static byte[] WithWholeEscapes(ReadOnlySpan<byte> utf8)
    {
        var mended = utf8.ToArray();
        for (var at = 0; at < mended.Length; at++)
        {
            if (mended[at] != '\\')
            {
                continue;
            }

            var code = CodeOf(mended.AsSpan(at));
            if (char.IsHighSurrogate(code) && char.IsLowSurrogate(CodeOf(mended.AsSpan(at + EscapeLength))))
            {
                at += (2 * EscapeLength) - 1;
            }
            else if (char.IsSurrogate(code))
            {
                "\\ufffd"u8.CopyTo(mended.AsSpan(at));
            }
            else
            {
                at++; // what is escaped may be a backslash
            }
        }

        return mended;
    }

    /// <summary>The UTF-16 code of an escape at the start; zero where there is none.</summary>
    private static char CodeOf(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeLength && text.StartsWith("\\u"u8) &&
        ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? (char)code
            : '\0';
}
