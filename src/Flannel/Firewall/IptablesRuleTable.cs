using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Our rules in one table of iptables or ip6tables.</summary>
internal sealed class IptablesRuleTable(Iptables program, IptablesRuleSet wanted, bool isIPv6) : RuleTable(isIPv6)
{
    public override string Name => NameOf(program, wanted.Table);

    public override string Purpose => IsRequired ? "masquerade" : "forward";

    public override bool IsRequired => wanted.Table == MasqueradeRules.Table;

    public override bool IsAnnounced => program.Version.Variant == IptablesVariant.NfTables;

    public static string NameOf(Iptables program, string table) => $"{program.Name} {table}";

    // The chains of service proxies in the same table change all the time; they are not read for that.
    protected override bool Touches(string table, string? chain, bool deleted) =>
        table == wanted.Table && (chain is null ? deleted : wanted.Rules.Any(rule => rule.Chain == chain));

    public override Task<TableState> EnsureAsync(RuleClaim claim, CancellationToken cancellationToken) =>
        program.RepairAsync(wanted with { Claim = claim }, cancellationToken);
}
