using Flannel.Linux;

namespace Flannel.Config;

/// <summary>One family's network and the subnets that may be leased from it: <c>Min</c> to <c>Max</c> inclusive in steps of one subnet of <c>SubnetLength</c>.</summary>
public sealed record SubnetRange(Cidr Network, int SubnetLength, Cidr Min, Cidr Max);
