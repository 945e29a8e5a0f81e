using System.Globalization;
using System.Net;

namespace Flannel;

/// <summary>The interface that carries the traffic between hosts, and this host's addresses on it. Addresses of a family that is off are null.</summary>
public sealed record ExternalInterface
{
    public required string Name { get; init; }

    /// <summary>ifi_index.</summary>
    public required int Index { get; init; }

    /// <summary>In bytes, never 0.</summary>
    public required int Mtu { get; init; }

    /// <summary>An address of the interface: the source of what this host sends.</summary>
    public IPAddress? LocalIPv4 { get; init; }

    public IPAddress? LocalIPv6 { get; init; }

    /// <summary>What peers send to. Differs from the local address behind NAT.</summary>
    public IPAddress? PublicIPv4 { get; init; }

    public IPAddress? PublicIPv6 { get; init; }

    /// <summary>For the log: why this one was taken and which others qualified.</summary>
    public required string Reason { get; init; }

    /// <summary>For the log: the selectors that came before and found nothing, each with its cause.</summary>
    public IReadOnlyList<string> FailedSelectors { get; init; } = [];

    /// <summary>For the log, as in <c>eth0: local 10.1.2.3, announced 203.0.113.7, MTU 1500</c>.</summary>
    public override string ToString() =>
        $"{Name}: local {Both(LocalIPv4, LocalIPv6)}, announced {Both(PublicIPv4, PublicIPv6)}, MTU {Mtu.ToString(CultureInfo.InvariantCulture)}";

    private static string Both(IPAddress? ipv4, IPAddress? ipv6) => string.Join(" and ", new[] { ipv4, ipv6 }.Where(address => address is not null));
}
