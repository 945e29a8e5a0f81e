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
        switch (config.BackendType.ToUpperInvariant())
        {
            case "VXLAN":
                VxlanOptions.Parse(config.BackendJson);
                break;
            case "HOST-GW" or "ALLOC":
                break;
            default:
                throw new ConfigException($"unknown backend type: {config.BackendType}; there are vxlan, host-gw and alloc");
        }

        return config;
    }
}
