using System.Text.RegularExpressions;
using Flannel.Linux;

namespace Flannel.Firewall;

/// <summary>What one rule of a forward chain does to a packet between two pods, as far as that can be told from its text.</summary>
/// <param name="Covers">It surely matches such a packet: it has no condition, or only addresses that contain the whole network.</param>
/// <param name="Verdict">What happens then.</param>
/// <param name="Target">The chain of a jump or goto.</param>
/// <param name="Text">The rule for the log.</param>
internal sealed partial record ForwardRule(bool Covers, ForwardVerdict Verdict, string? Target, string Text)
{
    /// <summary>From the text of iptables-save without <c>-A CHAIN</c>.</summary>
    public static ForwardRule FromIptables(string spec, Cidr network)
    {
        var target = IptablesTarget().Match(spec);
        var conditions = Comment().Replace(target.Success ? spec[..target.Index] : spec, "");
        var rest = IptablesAddress().Replace(conditions, match => ContainsAll(network, match) ? "" : match.Value);
        var name = target.Groups[2].Value;
        return new ForwardRule(string.IsNullOrWhiteSpace(rest), VerdictOf(name, target.Groups[1].Value == "-g"), name, spec);
    }

    /// <summary>From the statements that <see cref="NftListing"/> reads.</summary>
    public static ForwardRule FromNft(IReadOnlyList<string> statements, Cidr network)
    {
        var last = statements.Count > 0 ? statements[^1] : "";
        var words = last.Split(' ');
        return new ForwardRule(
            statements.SkipLast(1).All(statement => ContainsAll(network, NftAddress().Match(statement))),
            words switch
            {
                ["accept"] => ForwardVerdict.Accept,
                ["drop"] or ["reject"] or ["xt", "REJECT"] => ForwardVerdict.Drop,
                ["return"] => ForwardVerdict.Return,
                ["jump", _] => ForwardVerdict.Jump,
                ["goto", _] => ForwardVerdict.Goto,
                _ => ForwardVerdict.Continue,
            },
            words.Length == 2 ? words[1] : null,
            string.Join(' ', statements));
    }

    private static bool ContainsAll(Cidr network, Match address) =>
        address.Success && Cidr.TryParse(address.Groups[1].Value, out var range) && range.Contains(network);

    private static ForwardVerdict VerdictOf(string target, bool isGoto) => target switch
    {
        "ACCEPT" => ForwardVerdict.Accept,
        "DROP" or "REJECT" => ForwardVerdict.Drop,
        "RETURN" => ForwardVerdict.Return,
        "" => ForwardVerdict.Continue,
        _ => isGoto ? ForwardVerdict.Goto : ForwardVerdict.Jump,
    };

    // The options that follow the target belong to it: -j REJECT --reject-with icmp-host-prohibited
    [GeneratedRegex(@"(?:^|(?<= ))(-j|-g) (\S+)(?= |$)(?!.* -[jg] )")]
    private static partial Regex IptablesTarget();

    [GeneratedRegex(@"-m comment --comment (?:""(?:[^""\\]|\\.)*""|\S+)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<!! )-[sd] (\S+)")]
    private static partial Regex IptablesAddress();

    [GeneratedRegex(@"^ip6? [sd]addr (\S+)$")]
    private static partial Regex NftAddress();
}
