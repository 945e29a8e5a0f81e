namespace Flannel.Daemon.Options;

/// <summary>The flags that name the store; the daemon and flannelctl share them.</summary>
internal sealed class StoreFlags(FlagSet flags)
{
    private readonly ValueFlag<string> _directory =
        flags.String("store-dir", "", "keep config and leases in this directory instead of etcd; for the daemons of one machine");

    private readonly ValueFlag<string> _endpoints =
        flags.String("etcd-endpoints", "http://127.0.0.1:4001,http://127.0.0.1:2379", "etcd client URLs, separated by commas");

    private readonly ValueFlag<string> _prefix = flags.String("etcd-prefix", "/coreos.com/network", "root of all keys in etcd");

    private readonly ValueFlag<string> _keyFile = flags.String("etcd-keyfile", "", "PEM file with the key of the client certificate for etcd");

    private readonly ValueFlag<string> _certFile = flags.String("etcd-certfile", "", "PEM file with the client certificate for etcd");

    private readonly ValueFlag<string> _caFile = flags.String("etcd-cafile", "", "PEM file with the authorities that sign etcd's certificates");

    private readonly ValueFlag<string> _username = flags.String("etcd-username", "", "etcd user");

    private readonly ValueFlag<string> _password = flags.String("etcd-password", "", "password of the etcd user", secret: true);

    public StoreOptions Read() => new()
    {
        Directory = _directory.Value,
        EtcdEndpoints = _endpoints.Value,
        EtcdPrefix = _prefix.Value,
        EtcdKeyFile = _keyFile.Value,
        EtcdCertFile = _certFile.Value,
        EtcdCaFile = _caFile.Value,
        EtcdUsername = _username.Value,
        EtcdPassword = _password.Value,
    };
}
