using Flannel.Daemon.Options;

namespace Flannel.Daemon.Install;

/// <summary>The flags of <c>flanneld install-cni</c>.</summary>
internal sealed class InstallCniFlags
{
    private readonly ValueFlag<string> _binDirectory;
    private readonly ValueFlag<string> _config;
    private readonly ValueFlag<string> _configDirectory;
    private readonly ValueFlag<string> _configName;

    public InstallCniFlags()
    {
        _binDirectory = Table.String("bin-dir", "/opt/cni/bin", "directory the plugin flannel is installed in; empty for no plugin");
        _config = Table.String("config", "/etc/kube-flannel/cni-conf.json", "network configuration list to install; empty for none");
        _configDirectory = Table.String("config-dir", "/etc/cni/net.d", "directory the configuration is installed in");
        _configName = Table.String("config-name", "10-flannel.conflist", "name of the configuration there");
    }

    public FlagSet Table { get; } = new();

    /// <summary>Empty when the plugin is not wanted.</summary>
    public string BinDirectory => _binDirectory.Value;

    /// <summary>Empty when no configuration is wanted.</summary>
    public string Config => _config.Value;

    public string ConfigDirectory => _configDirectory.Value;

    public string ConfigName => _configName.Value;
}
