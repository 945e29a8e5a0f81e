namespace Flannel;

/// <summary>How to choose the external interface: the flags of cli-and-env.md §9, as written, and the families of the network. Empty text is an unset flag.</summary>
public sealed record InterfaceCriteria
{
    public bool EnableIPv4 { get; init; } = true;

    public bool EnableIPv6 { get; init; }

    /// <summary><c>--iface</c>: names or addresses, tried in order.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary><c>--iface-regex</c>: tried after the interfaces.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary><c>--iface-can-reach</c>: tried last.</summary>
    public string CanReach { get; init; } = "";

    /// <summary><c>--public-ip</c>.</summary>
    public string PublicIP { get; init; } = "";

    /// <summary><c>--public-ipv6</c>.</summary>
    public string PublicIPv6 { get; init; } = "";

    internal bool IsDualStack => EnableIPv4 && EnableIPv6;

    internal bool HasSelectors => Interfaces.Count > 0 || Patterns.Count > 0 || CanReach.Length > 0;
}
