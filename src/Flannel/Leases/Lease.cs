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
}

/// <summary>A subnet and the host that holds it. <see cref="Expires"/> is null for a reservation, and where the store does not say.</summary>
public sealed record Lease(LeaseKey Key, LeaseAttributes Attributes, DateTimeOffset? Expires = null);
