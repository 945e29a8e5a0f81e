namespace Flannel.Daemon.Options;

/// <summary>
/// A table of flags and Go's grammar over it (docs/adr/0004): one or two dashes, <c>-name value</c> or <c>-name=value</c>, a bare boolean means true,
/// the end at the first other word or at <c>--</c>.
/// </summary>
internal sealed partial class FlagSet
{
    private readonly SortedDictionary<string, Flag> _flags = new(StringComparer.Ordinal);

    /// <summary>All flags by name.</summary>
    public IEnumerable<Flag> Flags => _flags.Values;

    public ValueFlag<string> String(string name, string initial, string usage, bool secret = false) =>
        Add(new ValueFlag<string>(name, "string", initial, Take, text => text, usage) { IsSecret = secret });

    public ValueFlag<bool> Boolean(string name, bool initial, string usage) =>
        Add(new ValueFlag<bool>(name, "bool", initial, GoSyntax.Boolean, value => value ? "true" : "false", usage));

    public ValueFlag<long> Integer(string name, long initial, string usage) =>
        Add(new ValueFlag<long>(name, "int", initial, GoSyntax.Integer, value => $"{value}", usage));

    /// <summary>A flag that may be given several times; each adds one element.</summary>
    public ValueFlag<IReadOnlyList<string>> Strings(string name, string usage) =>
        Add(new ValueFlag<IReadOnlyList<string>>(name, "value", [], Append, values => string.Join(' ', values), usage));

    /// <summary>A flag whose value has a grammar of its own.</summary>
    public ValueFlag<T> Value<T>(string name, string type, T initial, FlagParser<T> parse, Func<T, string> format, string usage) =>
        Add(new ValueFlag<T>(name, type, initial, parse, format, usage));

    /// <summary>Reads the words behind the program's name and marks each flag found as given. Stops at the first refusal.</summary>
    public ParseOutcome Parse(IReadOnlyList<string> arguments)
    {
        for (var next = 0; next < arguments.Count;)
        {
            var word = arguments[next++];
            if (word.Length < 2 || word[0] != '-' || word == "--")
            {
                break;
            }

            var outcome = ParseFlag(word, arguments, ref next);
            if (outcome is not null)
            {
                return outcome;
            }
        }

        return new ParseOutcome.Parsed();
    }

    private ParseOutcome? ParseFlag(string word, IReadOnlyList<string> arguments, ref int next)
    {
        var body = word[(word[1] == '-' ? 2 : 1)..];
        if (body[0] is '-' or '=')
        {
            return new ParseOutcome.Refused($"bad flag syntax: {word}");
        }

        var equals = body.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? body : body[..equals];
        var value = equals < 0 ? null : body[(equals + 1)..];
        if (!_flags.TryGetValue(name, out var flag))
        {
            return name is "h" or "help" ? new ParseOutcome.HelpAsked() : new ParseOutcome.Refused($"flag provided but not defined: -{name}");
        }

        if (value is null && !flag.IsBoolean)
        {
            if (next == arguments.Count)
            {
                return new ParseOutcome.Refused($"flag needs an argument: -{name}");
            }

            value = arguments[next++];
        }

        return Assign(flag, value ?? "true");
    }

    private static ParseOutcome.Refused? Assign(Flag flag, string value)
    {
        if (flag.Set(value) is not { } reason)
        {
            flag.IsGiven = true;
            return null;
        }

        var kind = flag.IsBoolean ? "invalid boolean value" : "invalid value";
        var place = flag.IsBoolean ? $"-{flag.Name}" : $"flag -{flag.Name}";
        return new ParseOutcome.Refused($"{kind} {GoSyntax.Quote(value)} for {place}: {reason}");
    }

    private TFlag Add<TFlag>(TFlag flag)
        where TFlag : Flag
    {
        _flags.Add(flag.Name, flag);
        return flag;
    }

    private static string? Take(string text, ref string value)
    {
        value = text;
        return null;
    }

    private static string? Append(string text, ref IReadOnlyList<string> values)
    {
        values = [.. values, text];
        return null;
    }
}
