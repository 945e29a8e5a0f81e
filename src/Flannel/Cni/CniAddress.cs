using System.Net;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>An address of the container with the length of its subnet, host bits kept.</summary>
public sealed record CniAddress(Cidr Address)
{
    public IPAddress? Gateway { get; init; }

    /// <summary>Which of <see cref="CniResult.Interfaces"/> has it, counted from zero.</summary>
    public int? Interface { get; init; }
}
