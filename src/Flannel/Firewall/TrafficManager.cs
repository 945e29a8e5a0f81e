namespace Flannel.Firewall;

/// <summary>The program that holds flannel's rules, chosen by <c>EnableNFTables</c>.</summary>
public enum TrafficManager
{
    Iptables,
    Nftables,
}
