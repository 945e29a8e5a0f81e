using System.Net;

namespace Flannel.Leases;

/// <summary>What a host publishes about itself (store-etcd.md §2). Backend data is kept as the raw JSON text, so equality is textual.</summary>
public sealed record LeaseAttributes
{
    /// <summary>The IPv4 address peers send to; null if none (written as <c>0.0.0.0</c>).</summary>
    public IPAddress? PublicIP { get; init; }

    public IPAddress? PublicIPv6 { get; init; }

    /// <summary>Empty for backends that announce none (alloc, udp, clouds).</summary>
    public string BackendType { get; init; } = "";

    /// <summary>Raw JSON, or null when absent.</summary>
    public string? BackendData { get; init; }

    /// <summary>Raw JSON, or null when absent.</summary>
    public string? BackendV6Data { get; init; }

    /// <summary>Whether both come from one host: the same public IPv4 address, or where this one has none the same public IPv6 address.</summary>
    public bool IsSameHost(LeaseAttributes other) =>
        PublicIP is null && other.PublicIP is null ? PublicIPv6 is not null && PublicIPv6.Equals(other.PublicIPv6) : Equals(PublicIP, other.PublicIP);
}

/// <summary>A subnet and the host that holds it. <see cref="Expires"/> is null for a reservation, and where the store does not say.</summary>
public sealed record Lease(LeaseKey Key, LeaseAttributes Attributes, DateTimeOffset? Expires = null);
