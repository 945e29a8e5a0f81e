using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Our table of nftables for one family.</summary>
internal sealed class NftRuleTable(Nft program, NftTable wanted, FirewallOptions options) : RuleTable(wanted.Family == "ip6")
{
    /// <summary>The names of the table of one family.</summary>
    public static NftTable Empty(bool isIPv6) => isIPv6
        ? new NftTable("ip6", "flannel-ipv6", [], "rules for flannel-ipv6")
        : new NftTable("ip", "flannel-ipv4", [], "rules for flannel-ipv4");

    public override string Name => NameOf(wanted.Family, wanted.Name);

    public override string Purpose => options switch
    {
        { Masquerade: true, Forward: true } => "masquerade and forward",
        { Masquerade: true } => "masquerade",
        _ => "forward",
    };

    public override bool IsRequired => options.Masquerade && wanted.Chains.Count > 0;

    public override bool IsAnnounced => true;

    public static string NameOf(string family, string name) => $"nft table {family} {name}";

    protected override bool Touches(string table, string? chain, bool deleted) => table == wanted.Name;

    public override Task<TableState> EnsureAsync(RuleClaim claim, CancellationToken cancellationToken) =>
        program.RepairAsync(wanted, claim, cancellationToken);
}
