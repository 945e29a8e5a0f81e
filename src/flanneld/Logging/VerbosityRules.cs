using System.Globalization;
using System.IO.Enumeration;

namespace Flannel.Daemon.Logging;

/// <summary>
/// The value of <c>-vmodule</c>: <c>pattern=N,…</c>. A pattern is a category's last part, or, with a dot in it, the whole category; <c>*</c> and <c>?</c> stand for
/// any text and any character, and case does not matter. The first that matches decides.
/// </summary>
internal sealed class VerbosityRules
{
    public static readonly VerbosityRules None = new("", []);

    private readonly string _text;
    private readonly IReadOnlyList<(string Pattern, int Verbosity)> _rules;

    private VerbosityRules(string text, IReadOnlyList<(string Pattern, int Verbosity)> rules) => (_text, _rules) = (text, rules);

    /// <summary>Returns null, or why the text is refused.</summary>
    public static string? Parse(string text, ref VerbosityRules rules)
    {
        var parsed = new List<(string, int)>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !int.TryParse(part.AsSpan(equals + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var verbosity))
            {
                return "syntax error: expect comma-separated list of pattern=N";
            }

            if (verbosity < 0)
            {
                return "negative value for vmodule level";
            }

            parsed.Add((part[..equals], verbosity));
        }

        rules = new VerbosityRules(text, parsed);
        return null;
    }

    /// <summary>The verbosity for a category, or null where no pattern matches.</summary>
    public int? For(string category, string shortName)
    {
        foreach (var (pattern, verbosity) in _rules)
        {
            var name = pattern.Contains('.', StringComparison.Ordinal) ? category : shortName;
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true))
            {
                return verbosity;
            }
        }

        return null;
    }

    public override string ToString() => _text;
}
