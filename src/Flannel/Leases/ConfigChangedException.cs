namespace Flannel.Leases;

/// <summary>The network configuration with which a lease was to be acquired is not the present one any more; to begin again with that is all there is to do.</summary>
public sealed class ConfigChangedException() : Exception("the network configuration has changed");
