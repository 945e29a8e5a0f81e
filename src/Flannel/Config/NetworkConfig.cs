using Flannel.Linux;

namespace Flannel.Config;

/// <summary>The network configuration (config.md): what one fabric is cut from.</summary>
public sealed partial record NetworkConfig
{
    public bool EnableIPv4 { get; init; } = true;

    public bool EnableIPv6 { get; init; }

    public bool EnableNFTables { get; init; }

    /// <summary>Null when IPv4 is off.</summary>
    public SubnetRange? IPv4 { get; init; }

    /// <summary>Null when IPv6 is off.</summary>
    public SubnetRange? IPv6 { get; init; }

    /// <summary>Destinations towards which pods keep their own address, of both families. Ours: the original ignores it.</summary>
    public IReadOnlyList<Cidr> NoMasqueradeCIDRs { get; init; } = [];

    /// <summary><c>Backend.Type</c> as written; <c>udp</c> where the object is absent, empty where it has no type.</summary>
    public string BackendType { get; init; } = "udp";

    /// <summary>The <c>Backend</c> object as raw JSON, for the backend to read its options from.</summary>
    public string BackendJson { get; init; } = "{}";
}
