namespace Flannel.Linux.Firewall;

/// <summary>The family of a table of nftables (linux/netfilter.h).</summary>
public enum NftFamily
{
    /// <summary><c>inet</c>: packets of both families.</summary>
    NFPROTO_INET = 1,

    /// <summary><c>ip</c>.</summary>
    NFPROTO_IPV4 = 2,

    /// <summary><c>ip6</c>.</summary>
    NFPROTO_IPV6 = 10,
}
