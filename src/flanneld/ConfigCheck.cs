using Flannel.Backends;
using Flannel.Config;

namespace Flannel.Daemon;

/// <summary>Whether a daemon would start with a configuration.</summary>
internal static class ConfigCheck
{
    /// <summary>Reads a configuration, with its defaults, and checks its families and its backend's options.</summary>
    /// <exception cref="ConfigException">A daemon would refuse it.</exception>
    public static NetworkConfig Parse(string text)
    {
        var config = NetworkConfig.Parse(text);
        config.RequireFamily();
        RequireSubnets(config.IPv4, "Subnet");
        RequireSubnets(config.IPv6, "IPv6Subnet");
        BackendFactory.Check(config);
        return config;
    }

    /// <summary>The contract has no rule for this; a daemon ends where it finds no subnet.</summary>
    private static void RequireSubnets(SubnetRange? range, string prefix)
    {
        if (range is not null && range.Min.Bits > range.Max.Bits)
        {
            throw new ConfigException($"out of subnets: {prefix}Min {range.Min.Address} is behind {prefix}Max {range.Max.Address}");
        }
    }
}
