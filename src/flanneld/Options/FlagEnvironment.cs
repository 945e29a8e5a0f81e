namespace Flannel.Daemon.Options;

/// <summary>Flags from the environment: <c>FLANNELD_</c> and the flag's name in capitals with <c>-</c> as <c>_</c>.</summary>
internal static class FlagEnvironment
{
    public static string VariableOf(Flag flag) => "FLANNELD_" + flag.Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>
    /// Sets each flag that was not given on the command line and whose variable is not empty; a repeatable flag takes the whole text as one element.
    /// Returns a message for each value that was refused and is therefore ignored.
    /// </summary>
    public static IReadOnlyList<string> Apply(FlagSet flags, Func<string, string?> lookup)
    {
        var refusals = new List<string>();
        foreach (var flag in flags.Flags.Where(flag => !flag.IsGiven))
        {
            var variable = VariableOf(flag);
            if (lookup(variable) is { Length: > 0 } text && flag.Set(text) is { } reason)
            {
                refusals.Add($"{variable}: invalid value {GoSyntax.Quote(text)}: {reason}; it is ignored");
            }
        }

        return refusals;
    }
}
