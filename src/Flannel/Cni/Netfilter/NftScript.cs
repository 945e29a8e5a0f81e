using System.Globalization;
using System.Text;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>A transaction for one table of nftables that plugins share: whatever is there already stays.</summary>
internal sealed class NftScript
{
    public const string Program = "nft";

    private readonly StringBuilder _text = new();
    private readonly string _table;

    public NftScript(NftFamily family, string table, string comment)
    {
        _table = $"{(family == NftFamily.NFPROTO_INET ? "inet" : family == NftFamily.NFPROTO_IPV4 ? "ip" : "ip6")} {table}";
        Line($"add table {_table} {{ comment \"{comment}\" ; }}");
    }

    public NftScript Chain(string name, string? comment = null) =>
        Line($"add chain {_table} {name}{(comment is null ? "" : $" {{ comment \"{comment}\" ; }}")}");

    /// <summary>A chain of type <c>nat</c> that the kernel calls, with these rules and no others.</summary>
    public NftScript Hook(string name, string hook, int priority, params ReadOnlySpan<string> rules)
    {
        BaseChain(name, hook, priority);
        return Exactly(name, rules);
    }

    public NftScript BaseChain(string name, string hook, int priority) =>
        Line(string.Create(CultureInfo.InvariantCulture, $"add chain {_table} {name} {{ type nat hook {hook} priority {priority} ; }}"));

    /// <summary>Replaces all rules of a chain.</summary>
    public NftScript Exactly(string chain, params ReadOnlySpan<string> rules)
    {
        Line($"flush chain {_table} {chain}");
        foreach (var rule in rules)
        {
            Line($"add rule {_table} {chain} {rule}");
        }

        return this;
    }

    public NftScript Rule(string chain, string rule, string comment) => Line($"add rule {_table} {chain} {rule} comment \"{comment}\"");

    public NftScript Delete(string chain, NftRuleHandle rule) =>
        Line(string.Create(CultureInfo.InvariantCulture, $"delete rule {_table} {chain} handle {rule.Handle}"));

    /// <exception cref="FirewallException">nft is missing or refuses.</exception>
    public void Run()
    {
        ToolResult result;
        try
        {
            result = Tool.Run(Program, ["-f", "-"], _text.ToString());
        }
        catch (LinuxException exception) when (exception.Errno == Errnos.ENOENT)
        {
            throw new FirewallException("nft not found in PATH; install the package nftables");
        }

        if (result.ExitCode != 0)
        {
            throw new FirewallException($"nft: {result.Error.Trim()} (exit code {result.ExitCode})");
        }
    }

    public override string ToString() => _text.ToString();

    private NftScript Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }
}
