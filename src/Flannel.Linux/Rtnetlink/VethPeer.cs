namespace Flannel.Linux.Rtnetlink;

/// <summary>
/// The other end of a veth pair, made together with the first by one request, always down. It is born in its namespace: to move a device there later costs the kernel
/// milliseconds.
/// </summary>
/// <param name="Name">IFLA_IFNAME, at most 15 bytes.</param>
public sealed record VethPeer(string Name)
{
    /// <summary>IFLA_NET_NS_FD: where it is to live; null for the namespace of the first end. To be kept open until the request is done.</summary>
    public Netns? Netns { get; init; }

    /// <summary>IFLA_MTU in bytes; 0 for the kernel's own.</summary>
    public int Mtu { get; init; }

    /// <summary>IFLA_ADDRESS; null for a random one.</summary>
    public MacAddress? Mac { get; init; }
}
