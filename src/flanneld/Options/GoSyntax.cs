using System.Globalization;
using System.Text;

namespace Flannel.Daemon.Options;

/// <summary>Values as Go's <c>strconv</c> reads and quotes them: command lines and environment files written for the original keep their meaning.</summary>
internal static class GoSyntax
{
    private const string ParseError = "parse error";
    private const string OutOfRange = "value out of range";

    public static string? Boolean(string text, ref bool value)
    {
        switch (text)
        {
            case "1" or "t" or "T" or "true" or "TRUE" or "True":
                value = true;
                return null;
            case "0" or "f" or "F" or "false" or "FALSE" or "False":
                value = false;
                return null;
            default:
                return ParseError;
        }
    }

    /// <summary>
    /// A 64-bit number: an optional sign, then decimal digits, or <c>0x</c>, <c>0o</c>, <c>0</c> or <c>0b</c> and digits of that base, in either case.
    /// Single underscores may stand between digits and behind the base.
    /// </summary>
    public static string? Integer(string text, ref long value)
    {
        var digits = text.AsSpan();
        var negative = digits.StartsWith('-');
        if (negative || digits.StartsWith('+'))
        {
            digits = digits[1..];
        }

        var radix = TakeBase(ref digits);
        if (!AreDigits(digits, radix, afterBase: radix != 10))
        {
            return ParseError;
        }

        UInt128 magnitude = 0;
        var limit = (UInt128)long.MaxValue + (negative ? 1u : 0u);
        foreach (var c in digits)
        {
            if (c == '_')
            {
                continue;
            }

            magnitude = magnitude * (uint)radix + (uint)DigitOf(c);
            if (magnitude > limit)
            {
                return OutOfRange;
            }
        }

        value = unchecked(negative ? -(long)magnitude : (long)magnitude);
        return null;
    }

    /// <summary>The text in double quotes, with what does not print escaped.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when Rune.IsControl(rune) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(rune.ToString()),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static int TakeBase(ref ReadOnlySpan<char> digits)
    {
        if (digits.Length < 2 || digits[0] != '0')
        {
            return 10;
        }

        var radix = digits[1] switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => 0 };
        digits = digits[(radix == 0 ? 1 : 2)..];
        return radix == 0 ? 8 : radix;
    }

    private static bool AreDigits(ReadOnlySpan<char> text, int radix, bool afterBase)
    {
        var separable = afterBase;
        foreach (var c in text)
        {
            if (c == '_' ? !separable : DigitOf(c) >= radix)
            {
                return false;
            }

            separable = c != '_';
        }

        return text.Length > 0 && text[^1] != '_';
    }

    private static int DigitOf(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => int.MaxValue,
    };
}
