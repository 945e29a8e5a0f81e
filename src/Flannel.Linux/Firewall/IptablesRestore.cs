using System.Globalization;

namespace Flannel.Linux.Firewall;

/// <summary>Writes the input of <c>iptables-restore --noflush</c>: each block is one transaction of one table.</summary>
public static class IptablesRestore
{
    /// <summary>Creates the chain, or empties it when it is there.</summary>
    public static string FreshChain(string chain) => $":{chain} - [0:0]";

    /// <summary>Creates the chain; where it is there already the transaction fails.</summary>
    public static string NewChain(string chain) => $"-N {chain}";

    public static string EmptyChain(string chain) => $"-F {chain}";

    /// <summary>Deletes the chain, which has to be empty and not referred to.</summary>
    public static string DeleteChain(string chain) => $"-X {chain}";

    /// <summary>Inserts the rule so that it is the one at the position, counted from 1.</summary>
    public static string Insert(IptablesRule rule, int position) =>
        string.Create(CultureInfo.InvariantCulture, $"-I {rule.Chain} {position} {rule.Spec}");

    /// <summary>A word as the programs read it back: in quotes where it has to be. They cannot read a line end.</summary>
    /// <exception cref="FormatException">A line end in the word.</exception>
    public static string Word(string word) =>
        word.AsSpan().ContainsAny('\n', '\r') ? throw new FormatException("a line end in a word of a rule")
        : word.Length > 0 && !word.AsSpan().ContainsAny(" \t\"\\'") ? word
        : $"\"{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    public static string Block(string table, IEnumerable<string> lines) => $"*{table}\n{string.Concat(lines.Select(line => line + "\n"))}COMMIT\n";
}
