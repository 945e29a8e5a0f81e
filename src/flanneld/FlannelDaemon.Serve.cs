using System.Threading.Channels;
using Flannel.Backends;
using Flannel.Config;
using Flannel.Firewall;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Reconcile;
using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

internal sealed partial class FlannelDaemon
{
    /// <summary>What routers say of a way is announced nowhere.</summary>
    private static readonly TimeSpan PathPeriod = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan ConfigRetry = TimeSpan.FromSeconds(1);

    /// <summary>Start-up steps 4 to 23 of cli-and-env.md §4.</summary>
    /// <exception cref="HostException">A fatal condition; likewise <see cref="ConfigException"/>, <see cref="StoreException"/> and <see cref="LinuxException"/>.</exception>
    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        var previous = SubnetFile.Read(options.SubnetFile);
        foreach (var (level, text) in previous.Problems)
        {
            Log.SubnetFileProblem(_logger, level, text);
        }

        await using var store = OpenStore();
        while (true)
        {
            try
            {
                await ServeAsync(store, previous, cancellationToken);
            }
            catch (ConfigChangedException e)
            {
                Log.BeginsAgain(_logger, e.Message);
            }
        }
    }

    private async Task ServeAsync(ILeaseStore store, PreviousRun previous, CancellationToken cancellationToken)
    {
        readiness.SetWaiting("waiting for the network config");
        var config = await ReadConfigAsync(store, cancellationToken);
        config.RequireFamily();
        if (!config.EnableNFTables)
        {
            BridgeNetfilter.Check(config.EnableIPv4, config.EnableIPv6);
        }

        using var lookups = new RtnetlinkSocket();
        var criteria = Criteria(config, await store.FindAnnouncedAsync(cancellationToken));
        readiness.SetWaiting("waiting for the external interface");
        var external = await ChooseInterfaceAsync(criteria, lookups, cancellationToken);

        readiness.SetWaiting("waiting for a lease");
        var identity = new LeaseAttributes { PublicIP = external.PublicIPv4, PublicIPv6 = external.PublicIPv6 };
        var factory = new BackendFactory(lookups, await store.FindOwnAsync(identity, cancellationToken));
        var backend = factory.Create(config, external);
        if (backend.HasPeers || options.IPMasq || options.ForwardRules || options.BlackholeRoute)
        {
            Capabilities.RequireNetAdmin();
        }

        var lease = await AcquireAsync(store, config, backend, previous, cancellationToken);
        Log.LeaseAcquired(_logger, lease.Key, Backend(backend, config), external.Name);

        using var reconciler = new Reconciler(new RtnetlinkSocket(), new RtnetlinkNotifications(), time, loggers.CreateLogger<Reconciler>());
        var node = new Node(config, criteria, lookups, factory, store, reconciler, previous) { External = external, Backend = backend, Lease = lease };
        await Supervisor.RunAsync(cancellationToken, reconciler.RunAsync, token => RunNodeAsync(node, token));
    }

    /// <summary>Makes the host's own part and writes the subnet file; then follows store and host.</summary>
    private async Task RunNodeAsync(Node node, CancellationToken cancellationToken)
    {
        readiness.SetWaiting("making the devices");
        node.Reconciler.WantHost(PlanHost(node));
        if (await node.Reconciler.SettleAsync(cancellationToken) is { } failure)
        {
            throw new HostException($"Error registering network: {failure.Message}", failure);
        }

        var firewall = Firewall(node);
        await firewall.InstallAsync(cancellationToken);
        var written = TryWriteSubnetFile(node);
        var peers = new Peers(Table(node), node.Reconciler, node.Backend, new PathCheck(node.Lookups, loggers.CreateLogger<PathCheck>()));
        node.Peers = peers;
        systemd.Ready();
        List<Func<CancellationToken, Task>> workers =
        [
            token => node.Store.KeepAsync(node.Lease, node.Updates.Reader, token),
            token => FollowUnderlayAsync(node, token),
            firewall.RunAsync,
        ];
        if (!written)
        {
            workers.Add(token => RetrySubnetFileAsync(node, token));
        }

        if (node.Backend.HasPeers)
        {
            workers.Add(token => peers.FollowAsync(node.Store.WatchAsync(token), token));
            workers.Add(token => LookAfterAsync(peers, node.Reconciler, token));
        }
        else
        {
            node.Reconciler.AllowRemovals(); // of what another backend left
        }

        await Supervisor.RunAsync(cancellationToken, workers);
    }

    /// <summary>What has time until the peers are served, and then seldom comes again.</summary>
    private async Task LookAfterAsync(Peers peers, Reconciler reconciler, CancellationToken cancellationToken)
    {
        await peers.FirstSnapshot.WaitAsync(cancellationToken);
        await reconciler.SettleAsync(cancellationToken);
        peers.CheckPaths();

        // To read and install thousands of peers leaves several times the memory that is kept of them.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        while (true)
        {
            await Task.Delay(PathPeriod, time, cancellationToken);
            peers.CheckPaths();
        }
    }

    /// <summary>Waits until the store has a config that makes sense; what is wrong with one that does not is said once.</summary>
    private async Task<NetworkConfig> ReadConfigAsync(ILeaseStore store, CancellationToken cancellationToken)
    {
        string? reported = null;
        while (true)
        {
            try
            {
                var text = await store.GetConfigAsync(cancellationToken);
                var config = store.Allocates ? NetworkConfig.Parse(text) : NetworkConfig.ParseAssigned(text);
                var networks = string.Join(" and ", new[] { config.IPv4, config.IPv6 }.OfType<SubnetRange>().Select(range => range.Network.ToString()));
                Log.ConfigFound(_logger, networks, config.BackendType);
                return config;
            }
            catch (ConfigException e)
            {
                if (reported != e.Message)
                {
                    Log.BadConfig(_logger, e.Message);
                    readiness.SetWaiting($"the network config is not valid: {e.Message}");
                }

                reported = e.Message;
            }

            await Task.Delay(ConfigRetry, time, cancellationToken);
        }
    }

    private ILeaseStore OpenStore()
    {
        try
        {
            return options.Kubernetes.Enabled
                ? LeaseStores.OpenOnNode(options.Kubernetes, readiness, time, loggers)
                : LeaseStores.Open(options.Store, TimeSpan.FromMinutes(options.RenewMarginMinutes), time, loggers);
        }
        catch (StoreException e)
        {
            throw new HostException($"Failed to create SubnetManager: {e.Message}", e);
        }
    }

    private static async Task<Lease> AcquireAsync(
        ILeaseStore store, NetworkConfig config, Backend backend, PreviousRun previous, CancellationToken cancellationToken)
    {
        try
        {
            return await store.AcquireAsync(config, backend.Attributes, previous.Lease, cancellationToken);
        }
        catch (StoreException e)
        {
            throw new HostException($"Error registering network: failed to acquire lease: {e.Message}", e);
        }
    }

    private FirewallKeeper Firewall(Node node)
    {
        var wanted = new FirewallOptions
        {
            Manager = node.Config.EnableNFTables ? TrafficManager.Nftables : TrafficManager.Iptables,
            Masquerade = options.IPMasq,
            Forward = options.ForwardRules,
            FullyRandom = !options.IPMasqFullyRandomDisable,
            Resync = options.Resync,
            EarlierNetworks = [node.Previous.Network, node.Previous.IPv6Network],
        };
        var networks = new List<LocalNetwork>(2);
        foreach (var (range, subnet) in new[] { (node.Config.IPv4, node.Lease.Key.IPv4), (node.Config.IPv6, node.Lease.Key.IPv6) })
        {
            if (range is not null)
            {
                networks.Add(new LocalNetwork(range.Network, subnet) { Unmasqueraded = node.Config.NoMasqueradeCIDRs });
            }
        }

        return new FirewallKeeper(wanted, networks, FirewallHost.Own, time, loggers.CreateLogger<FirewallKeeper>());
    }

    private LeaseTable Table(Node node) =>
        new(node.Lease, node.Config, node.Backend.Type, peer => node.Backend.Refuse(peer), loggers.CreateLogger<LeaseTable>());

    private HostPlan PlanHost(Node node)
    {
        var plan = node.Backend.PlanHost(node.Lease);
        plan = plan with { Scope = plan.Scope with { Networks = [.. plan.Scope.Networks.Select(range => range with { SubnetLength = LengthOf(range, node.Lease.Key) })] } };
        if (!options.BlackholeRoute)
        {
            return plan;
        }

        var objects = plan.Objects.ToList();
        foreach (var subnet in node.Lease.Key.Subnets)
        {
            objects.Add(new RouteObject(subnet, null, "") { IsBlackhole = true });
        }

        return plan with { Objects = objects };
    }

    /// <summary>How long subnets are. Our own is one of them; where somebody else assigns them, the config does not say.</summary>
    private static int LengthOf(SubnetRange range, LeaseKey own) => (range.Network.IsIPv6 ? own.IPv6 : own.IPv4).PrefixLength;

    private static string Backend(Backend backend, NetworkConfig config) => backend.Type.Length > 0 ? backend.Type : config.BackendType;

    /// <summary>What start-up found and made; external interface and backend change when the host does.</summary>
    private sealed record Node(
        NetworkConfig Config, InterfaceCriteria Criteria, RtnetlinkSocket Lookups, BackendFactory Factory, ILeaseStore Store, Reconciler Reconciler, PreviousRun Previous)
    {
        public required ExternalInterface External { get; set; }

        public required Backend Backend { get; set; }

        public required Lease Lease { get; init; }

        public Peers? Peers { get; set; }

        /// <summary>To the store: what this host publishes from now on.</summary>
        public Channel<LeaseAttributes> Updates { get; } = Channel.CreateUnbounded<LeaseAttributes>();
    }
}
