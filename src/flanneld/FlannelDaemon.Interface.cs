using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Daemon;

internal sealed partial class FlannelDaemon
{
    /// <summary>How long the external interface may still be missing at start: a host that boots gets its addresses and routes when its network answers.</summary>
    private static readonly TimeSpan InterfacePatience = TimeSpan.FromMinutes(1);

    private async Task<ExternalInterface> ChooseInterfaceAsync(InterfaceCriteria criteria, RtnetlinkSocket lookups, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var changes = new RtnetlinkNotifications();
        for (var reported = false; ; reported = true)
        {
            try
            {
                var chosen = InterfaceSelector.Select(criteria, HostNetwork.Read(lookups));
                foreach (var failed in chosen.FailedSelectors)
                {
                    Log.SelectorFailed(_logger, failed);
                }

                Log.InterfaceChosen(_logger, chosen, chosen.Reason);
                return chosen;
            }
            catch (HostException e) when (time.GetElapsedTime(started) < InterfacePatience)
            {
                if (!reported)
                {
                    Log.InterfaceAwaited(_logger, (int)InterfacePatience.TotalSeconds, e.Message);
                }
            }

            await AwaitChangeAsync(changes, InterfacePatience - time.GetElapsedTime(started), cancellationToken);
        }
    }

    /// <summary>Waits for the next word of the kernel about links, addresses or routes, at most for a time.</summary>
    private async Task AwaitChangeAsync(RtnetlinkNotifications changes, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, patience > TimeSpan.Zero ? patience : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        try
        {
            await changes.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return; // time is up: one last look
        }

        changes.Drain(_ => { });
    }

    private InterfaceCriteria Criteria(NetworkConfig config, AnnouncedAddresses announced) => new()
    {
        EnableIPv4 = config.EnableIPv4,
        EnableIPv6 = config.EnableIPv6,
        Interfaces = options.Interface.Interfaces,
        Patterns = options.Interface.Patterns,
        CanReach = options.Interface.CanReach,
        PublicIP = announced.IPv4?.ToString() ?? options.Interface.PublicIP,
        PublicIPv6 = announced.IPv6?.ToString() ?? options.Interface.PublicIPv6,
    };
}
