namespace Flannel.Daemon.Options;

/// <summary>The table as text: usage, and the values for the log.</summary>
internal sealed partial class FlagSet
{
    private static readonly string[] ZeroValues = ["", "0", "false"];

    /// <summary>The usage text in the shape of Go's <c>flag</c> package: one flag on two lines, its default where that is not empty, zero or false.</summary>
    public void WriteUsage(TextWriter output, string program)
    {
        output.WriteLine($"Usage: {program} [OPTION]...");
        foreach (var flag in Flags)
        {
            output.WriteLine(flag.IsBoolean ? $"  -{flag.Name}" : $"  -{flag.Name} {flag.Type}");
            output.WriteLine($"    \t{flag.Usage}{DefaultOf(flag)}");
        }
    }

    /// <summary>Every flag as <c>name=value</c> with one space between, fit for the log: secrets are not in it.</summary>
    public string Describe() => string.Join(' ', Flags.Select(flag => $"{flag.Name}={Shown(flag)}"));

    private static string DefaultOf(Flag flag) =>
        ZeroValues.Contains(flag.DefaultText) ? "" :
        flag.Type == "string" ? $" (default {GoSyntax.Quote(flag.DefaultText)})" : $" (default {flag.DefaultText})";

    private static string Shown(Flag flag)
    {
        var text = flag.IsSecret ? Redaction.Hide(flag.Text) : Redaction.HideUserInfo(flag.Text);
        return text.Contains(' ', StringComparison.Ordinal) || text.Any(char.IsControl) ? GoSyntax.Quote(text) : text;
    }
}
