using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Cni.Netfilter;

/// <summary>
/// Rules that give packets of one container to the outside the address of the host: <c>ipMasq</c> of the plugins. Chains, comments and rules are those of the standard
/// plugins.
/// </summary>
/// <param name="Network">The <c>name</c> of the configuration.</param>
/// <param name="IfName">The interface inside the container; iptables does not tell them apart.</param>
/// <param name="ContainerId">As in <c>CNI_CONTAINERID</c>.</param>
public sealed record PodMasquerade(string Network, string IfName, string ContainerId)
{
    /// <summary>For <see cref="NatTable"/>.</summary>
    internal string Variant { get; init; } = "";

    /// <summary>Sets the rules up, in one transaction for each family.</summary>
    /// <param name="addresses">Those of the container, with the length of their subnets.</param>
    /// <param name="backend"><c>ipMasqBackend</c> of the configuration: <c>iptables</c>, <c>nftables</c>, or null for what the host has.</param>
    /// <exception cref="CniException">There is no such backend.</exception>
    /// <exception cref="FirewallException">The programs refuse, or are missing.</exception>
    public void SetUp(IReadOnlyList<Cidr> addresses, string? backend = null)
    {
        switch (RuleBackends.Choose(backend, Variant))
        {
            case RuleBackend.Nftables:
                SetUpNftables(addresses);
                break;
            case RuleBackend.Iptables:
                foreach (var family in addresses.GroupBy(address => address.IsIPv6))
                {
                    IptablesMasquerade.Chain(Network, ContainerId, [.. family]).Install(Table(family.Key));
                }

                break;
            case null:
                throw new CniException(CniException.InvalidConfig, $"unknown ipmasq backend \"{backend}\"");
        }
    }

    /// <summary>Deletes the rules of either backend, since the container may have been added with another configuration. What is gone already is no fault.</summary>
    /// <param name="addresses">Those of the container; none when they are not known any more, which takes longer.</param>
    /// <exception cref="FirewallException">The programs refuse.</exception>
    public void TearDown(IReadOnlyList<Cidr> addresses)
    {
        TearDownNftables();
        foreach (var isIPv6 in (bool[])[false, true])
        {
            Cidr[] own = [.. addresses.Where(address => address.IsIPv6 == isIPv6)];
            var table = Table(isIPv6);
            if (addresses.Count > 0 && own.Length == 0 || !table.IsInUse || !table.IsInstalled)
            {
                continue;
            }

            var chain = IptablesMasquerade.Chain(Network, ContainerId, own);
            if (own.Length > 0)
            {
                chain.Remove(table);
            }
            else
            {
                table.Change(present => PodChain.Removal(present, chain.Name));
            }
        }
    }

    /// <summary>Deletes the rules of containers of a network that live no more.</summary>
    /// <param name="network">The <c>name</c> of the configuration.</param>
    /// <param name="valid">The attachments that stay.</param>
    /// <exception cref="FirewallException">The programs refuse.</exception>
    public static void CollectGarbage(string network, IReadOnlyCollection<CniAttachment> valid)
    {
        var living = valid.Select(attachment => HashedName.Attachment(network, attachment.IfName, attachment.ContainerId)).ToHashSet();
        var prefix = HashedName.Network(network) + "-";
        using (var nftables = new NftablesSocket())
        {
            nftables.DeleteRules(
                NftFamily.NFPROTO_INET,
                NftablesMasquerade.Table,
                [NftablesMasquerade.Checks],
                rule => rule.Comment.StartsWith(prefix, StringComparison.Ordinal) && !living.Contains(NftablesMasquerade.AttachmentOf(rule.Comment)));
        }

        foreach (var isIPv6 in (bool[])[false, true])
        {
            var table = new NatTable(isIPv6);
            if (table.IsInUse && table.IsInstalled)
            {
                table.Change(present => IptablesMasquerade.Garbage(present, network, valid));
            }
        }
    }

    private NatTable Table(bool isIPv6) => new(isIPv6, Variant);

    private void SetUpNftables(IReadOnlyList<Cidr> addresses)
    {
        var own = HashedName.Attachment(Network, IfName, ContainerId);
        using var nftables = new NftablesSocket();
        var stale = nftables.ListRules(NftFamily.NFPROTO_INET, NftablesMasquerade.Table, NftablesMasquerade.Checks)
            .Where(rule => NftablesMasquerade.AttachmentOf(rule.Comment) == own);
        NftablesMasquerade.Script(this, addresses, stale).Run();
    }

    private void TearDownNftables()
    {
        var own = HashedName.Attachment(Network, IfName, ContainerId);
        using var nftables = new NftablesSocket();
        nftables.DeleteRules(
            NftFamily.NFPROTO_INET, NftablesMasquerade.Table, [NftablesMasquerade.Checks], rule => NftablesMasquerade.AttachmentOf(rule.Comment) == own);
    }
}
