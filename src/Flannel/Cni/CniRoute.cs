using System.Net;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>A route of the container. What is null or zero is not said.</summary>
public sealed record CniRoute(Cidr Destination)
{
    /// <summary>Without one, the gateway of the address of the same family is meant.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>In bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>The largest TCP segment to tell the other side, in bytes.</summary>
    public int AdvMss { get; init; }

    public int Priority { get; init; }

    public int? Table { get; init; }

    public int? Scope { get; init; }
}
