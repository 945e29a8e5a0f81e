namespace Flannel.Daemon.Options;

/// <summary>The flags of flanneld.</summary>
internal sealed class DaemonFlags
{
    private readonly StoreFlags _store;
    private readonly KubernetesFlags _kubernetes;
    private readonly InterfaceFlags _interface;
    private readonly LogFlags _log;
    private readonly ValueFlag<string> _subnetFile;
    private readonly ValueFlag<long> _renewMargin;
    private readonly ValueFlag<bool> _ipMasq;
    private readonly ValueFlag<bool> _ipMasqFullyRandomDisable;
    private readonly ValueFlag<bool> _forwardRules;
    private readonly ValueFlag<long> _resync;
    private readonly ValueFlag<bool> _blackholeRoute;
    private readonly ValueFlag<string> _healthAddress;
    private readonly ValueFlag<long> _healthPort;
    private readonly ValueFlag<bool> _version;

    public DaemonFlags()
    {
        _store = new StoreFlags(Table);
        _kubernetes = new KubernetesFlags(Table);
        _interface = new InterfaceFlags(Table);
        _log = new LogFlags(Table);
        _subnetFile = Table.String("subnet-file", "/run/flannel/subnet.env", "file the subnet, MTU and masquerading are written to");
        _renewMargin = Table.Integer("subnet-lease-renew-margin", 60, "minutes before its end at which the lease is renewed, 1 to 1439");
        _ipMasq = Table.Boolean("ip-masq", false, "masquerade traffic that leaves the network");
        _ipMasqFullyRandomDisable = Table.Boolean("ip-masq-fully-random-disable", false, "do not ask for fully random source ports when masquerading");
        _forwardRules = Table.Boolean("iptables-forward-rules", true, "accept forwarded traffic of the network in the FORWARD chain");
        _resync = Table.Integer("iptables-resync", 5, "seconds between two checks of the iptables rules and the blackhole route, at least 1");
        _blackholeRoute = Table.Boolean("ip-blackhole-route", false, "keep a blackhole route for the subnet of this host");
        _healthAddress = Table.String("healthz-ip", "0.0.0.0", "address the health server binds to");
        _healthPort = Table.Integer("healthz-port", 0, "port of the health server; 0 for none");
        _version = Table.Boolean("version", false, "print the version and exit");
    }

    public FlagSet Table { get; } = new();

    public bool VersionAsked => _version.Value;

    public DaemonOptions Read() => new()
    {
        Store = _store.Read(),
        Kubernetes = _kubernetes.Read(),
        Interface = _interface.Read(),
        Log = _log.Read(),
        SubnetFile = _subnetFile.Value,
        RenewMarginMinutes = Cut(_renewMargin.Value),
        IPMasq = _ipMasq.Value,
        IPMasqFullyRandomDisable = _ipMasqFullyRandomDisable.Value,
        ForwardRules = _forwardRules.Value,
        // 0 or less would look without a pause.
        Resync = TimeSpan.FromSeconds(Math.Max(1, Cut(_resync.Value))),
        BlackholeRoute = _blackholeRoute.Value,
        HealthAddress = _healthAddress.Value,
        HealthPort = Cut(_healthPort.Value),
        Description = Table.Describe(),
    };

    private static int Cut(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}
