namespace Flannel.KernelTests.Firewall;

/// <summary>The three ways in which a host can hold rules.</summary>
public enum FirewallKind
{
    Nftables,
    IptablesOnNft,
    IptablesLegacy,
}
