using System.Text.RegularExpressions;

namespace Flannel.Linux.Firewall;

/// <summary>What <c>iptables --version</c> says.</summary>
/// <param name="Number">Three parts, as in 1.8.9.</param>
/// <param name="Variant">Which of the kernel's two packet filters the program talks to. Programs older than 1.8 do not say and are always legacy.</param>
public sealed partial record IptablesVersion(Version Number, IptablesVariant Variant)
{
    private static readonly Version WaitingRestore = new(1, 6, 2);

    /// <summary>Both iptables-restore --wait and --random-fully came with 1.6.2.</summary>
    public bool HasWaitAndRandomFully => Number >= WaitingRestore;

    /// <exception cref="FormatException">No version in the text.</exception>
    public static IptablesVersion Parse(string text) =>
        Pattern().Match(text) is { Success: true } match
            ? new IptablesVersion(
                Version.Parse(match.Groups[1].ValueSpan),
                match.Groups[2].ValueSpan.SequenceEqual("nf_tables") ? IptablesVariant.NfTables : IptablesVariant.Legacy)
            : throw new FormatException($"not a version of iptables: {text.Trim()}");

    public override string ToString() => $"v{Number} ({(Variant == IptablesVariant.NfTables ? "nf_tables" : "legacy")})";

    // iptables v1.8.9 (nf_tables); ip6tables v1.6.1
    [GeneratedRegex(@"v(\d+\.\d+\.\d+)(?:\s+\((\w+)\))?")]
    private static partial Regex Pattern();
}
