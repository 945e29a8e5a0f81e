namespace Flannel.Cni.Netfilter;

/// <summary>What a plugin writes its rules with.</summary>
internal enum RuleBackend
{
    Iptables,
    Nftables,
}
