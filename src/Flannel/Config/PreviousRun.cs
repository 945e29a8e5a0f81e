using Flannel.Leases;
using Flannel.Linux;

namespace Flannel.Config;

/// <summary>What the subnet file of an earlier run says. What it does not say, or not unambiguously, is empty and, unless that is normal, a problem.</summary>
public sealed record PreviousRun(Cidr Network, Cidr Subnet, Cidr IPv6Network, Cidr IPv6Subnet, IReadOnlyList<SubnetFileProblem> Problems)
{
    /// <summary>No file, or one of no use.</summary>
    public static PreviousRun Nothing { get; } = new(default, default, default, default, []);

    /// <summary>The subnet to ask for again.</summary>
    public LeaseKey Lease => new(Subnet, IPv6Subnet);
}
