using System.Globalization;

namespace Flannel.Linux.Firewall;

/// <summary>Writes the input of <c>iptables-restore --noflush</c>: each block is one transaction of one table.</summary>
public static class IptablesRestore
{
    /// <summary>Creates the chain, or empties it when it is there.</summary>
    public static string FreshChain(string chain) => $":{chain} - [0:0]";

    public static string DeleteChain(string chain) => $"-X {chain}";

    /// <summary>Inserts the rule so that it is the one at the position, counted from 1.</summary>
    public static string Insert(IptablesRule rule, int position) =>
        string.Create(CultureInfo.InvariantCulture, $"-I {rule.Chain} {position} {rule.Spec}");

    public static string Block(string table, IEnumerable<string> lines) => $"*{table}\n{string.Concat(lines.Select(line => line + "\n"))}COMMIT\n";
}
