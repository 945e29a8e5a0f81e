using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Our rules in one table of iptables or ip6tables.</summary>
internal sealed class IptablesRuleTable(Iptables program, Func<LocalNetwork, IptablesRuleSet> plan, LocalNetwork local) : RuleTable(local.IsIPv6)
{
    private volatile IptablesRuleSet _wanted = plan(local);

    public override string Name => NameOf(program, _wanted.Table);

    public override string Purpose => IsRequired ? "masquerade" : "forward";

    public override bool IsRequired => _wanted.Table == MasqueradeRules.Table;

    public override bool IsAnnounced => program.Version.Variant == IptablesVariant.NfTables;

    public static string NameOf(Iptables program, string table) => $"{program.Name} {table}";

    // The chains of service proxies in the same table change all the time; they are not read for that.
    protected override bool Touches(string table, string? chain, bool deleted) =>
        table == _wanted.Table && (chain is null ? deleted : _wanted.Rules.Any(rule => rule.Chain == chain));

    public override void Want(LocalNetwork local) => _wanted = plan(local);

    public override Task<bool> EnsureAsync(CancellationToken cancellationToken) => program.RepairAsync(_wanted, cancellationToken);
}
