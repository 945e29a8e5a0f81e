using Flannel.Linux;

namespace Flannel.Firewall;

/// <summary>Which rules a host wants and who holds them (traffic-manager.md §1).</summary>
public sealed record FirewallOptions
{
    public TrafficManager Manager { get; init; }

    /// <summary><c>--ip-masq</c></summary>
    public bool Masquerade { get; init; }

    /// <summary><c>--iptables-forward-rules</c>, for nftables too.</summary>
    public bool Forward { get; init; } = true;

    /// <summary>Not <c>--ip-masq-fully-random-disable</c>. Without the kernel's or the tool's support it is left out.</summary>
    public bool FullyRandom { get; init; } = true;

    /// <summary>Networks that this host was part of before, of either family: their rules are removed at the start. Those of any other network stay.</summary>
    public IReadOnlyList<Cidr> EarlierNetworks { get; init; } = [];

    /// <summary><c>--iptables-resync</c>: how often rules are read that the kernel does not announce, those of iptables' legacy variant.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromSeconds(5);
}
