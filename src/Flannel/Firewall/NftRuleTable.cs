using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Our table of nftables for one family.</summary>
internal sealed class NftRuleTable(Nft program, bool isIPv6, FirewallOptions options, bool fullyRandom) : RuleTable(isIPv6)
{
    private volatile NftTable _wanted = isIPv6
        ? new NftTable("ip6", "flannel-ipv6", [], "rules for flannel-ipv6")
        : new NftTable("ip", "flannel-ipv4", [], "rules for flannel-ipv4");

    public override string Name => NameOf(_wanted.Family, _wanted.Name);

    public override string Purpose => options switch
    {
        { Masquerade: true, Forward: true } => "masquerade and forward",
        { Masquerade: true } => "masquerade",
        _ => "forward",
    };

    public override bool IsRequired => options.Masquerade && _wanted.Chains.Count > 0;

    public override bool IsAnnounced => true;

    public static string NameOf(string family, string name) => $"nft table {family} {name}";

    protected override bool Touches(string table, string? chain, bool deleted) => table == _wanted.Name;

    public override void Want(LocalNetwork local) => _wanted = _wanted with
    {
        Chains =
        [
            .. options.Masquerade ? [MasqueradeRules.Nftables(local, fullyRandom)] : Array.Empty<NftChain>(),
            .. options.Forward ? [ForwardRules.Nftables(local)] : Array.Empty<NftChain>(),
        ],
    };

    public override Task<bool> EnsureAsync(CancellationToken cancellationToken) => program.RepairAsync(_wanted, cancellationToken);
}
