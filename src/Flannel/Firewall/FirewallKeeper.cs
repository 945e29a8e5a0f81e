using Flannel.Linux;
using Flannel.Linux.Firewall;
using Microsoft.Extensions.Logging;

namespace Flannel.Firewall;

/// <summary>
/// Has flannel's masquerade and forward rules in the kernel: <see cref="InstallAsync"/> once, then <see cref="RunAsync"/> for as long as the
/// daemon lives. All that is flannel's is in chains or tables of its own or carries its comment; of that the rules of our network, and of earlier
/// ones of this host, are ours. The rules of other networks, which other daemons keep, stay. So do ours when the daemon ends.
/// </summary>
/// <param name="options">What is wanted.</param>
/// <param name="networks">One per address family in use; none for <c>flannelctl cleanup</c>.</param>
/// <param name="host">Whose rules are kept.</param>
/// <param name="time">For the waits.</param>
/// <param name="logger">Gets one line per change, and each trouble once.</param>
public sealed partial class FirewallKeeper(
    FirewallOptions options, IReadOnlyList<LocalNetwork> networks, FirewallHost host, TimeProvider time, ILogger<FirewallKeeper> logger)
{
    // A firewall being reloaded changes many things in a row; one look afterwards will do.
    private static readonly TimeSpan SurveyRest = TimeSpan.FromSeconds(10);

    private readonly List<TableWatch> _watches = [];
    private readonly Bell _survey = new();
    private readonly RuleClaim _own = RuleClaim.Of(NetworksOf(networks));
    private readonly RuleClaim _ownAndEarlier = RuleClaim.Of([.. NetworksOf(networks), .. options.EarlierNetworks]);

    /// <summary>
    /// Removes what the other manager, the other iptables variant or an earlier run left, and keeps the rules right until cancelled. nftables, and
    /// iptables where it writes to nftables, are looked at when the kernel announces a change of our chains; iptables' legacy variant every
    /// <see cref="FirewallOptions.Resync"/>. Faults of the programs are logged and tried again. The call returns when it listens.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var notifications = _watches.Any(watch => watch.Table.IsAnnounced) ? host.Listen() : null;
        List<Func<CancellationToken, Task>> workers = [SurveyAsync];
        _watches.ForEach(watch => workers.Add(watch.RunAsync));
        if (notifications is not null)
        {
            workers.Add(token => ListenAsync(notifications, token));
        }

        if (_watches.Any(watch => !watch.Table.IsAnnounced))
        {
            workers.Add(ResyncAsync);
        }

        // What happened between the installation and the first announcement heard.
        _watches.ForEach(watch => watch.Touch());
        await Supervisor.RunAsync(cancellationToken, workers);
    }

    /// <summary>The commands that would remove what is ours from this host, whichever program holds it.</summary>
    public async Task<IReadOnlyList<string>> PlanRemovalAsync(CancellationToken cancellationToken) =>
        [.. (await new LeftoverSearch(host).FindAsync(RuleClaim.Everything, cancellationToken)).SelectMany(leftover => leftover.Commands)];

    /// <summary>Removes what <see cref="PlanRemovalAsync"/> names.</summary>
    /// <exception cref="FirewallException">A program refused.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        foreach (var leftover in await new LeftoverSearch(host).FindAsync(RuleClaim.Everything, cancellationToken))
        {
            await leftover.RemoveAsync(cancellationToken);
        }
    }

    private static List<Cidr> NetworksOf(IReadOnlyList<LocalNetwork> networks) => new List<LocalNetwork>(networks).ConvertAll(local => local.Network);

    private async Task ListenAsync(NftablesNotifications notifications, CancellationToken cancellationToken)
    {
        while (true)
        {
            await notifications.WaitAsync(cancellationToken);
            if (!notifications.Drain(Dispatch))
            {
                _watches.ForEach(watch => watch.Touch());
                _survey.Ring();
            }
        }
    }

    private void Dispatch(NftEvent change)
    {
        _watches.FindAll(watch => watch.Table.Concerns(change)).ForEach(watch => watch.Touch());
        // A new table may bring a forward chain of its own; the chains of service proxies come and go without one.
        if (!change.Deleted && (change.Kind == NftObject.Table || change.Chain == "FORWARD"))
        {
            _survey.Ring();
        }
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Resync, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            _watches.FindAll(watch => !watch.Table.IsAnnounced).ForEach(watch => watch.Touch());
        }
    }

    private async Task SurveyAsync(CancellationToken cancellationToken)
    {
        await SweepAsync(cancellationToken);
        await CheckVariantsAsync(cancellationToken);
        var survey = new ForwardSurvey(host, options.Manager);
        var told = new HashSet<string>();
        while (true)
        {
            foreach (var finding in (await survey.FindAsync(networks, cancellationToken)).Where(told.Add))
            {
                Log.Dropped(logger, finding);
            }

            await _survey.WaitAsync(cancellationToken);
            await Task.Delay(SurveyRest, time, cancellationToken);
        }
    }

    private async Task CheckVariantsAsync(CancellationToken cancellationToken)
    {
        foreach (var local in options.Manager == TrafficManager.Iptables ? networks : [])
        {
            if (await VariantCheck.FindAsync(host, ProgramOf(local), cancellationToken) is { } finding)
            {
                Log.WrongVariant(logger, finding);
            }
        }
    }
}
