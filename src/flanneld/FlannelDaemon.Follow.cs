using Flannel.Config;

namespace Flannel.Daemon;

internal sealed partial class FlannelDaemon
{
    /// <summary>Changes of the underlay come in bursts: an interface that returns brings its addresses and routes one by one.</summary>
    private static readonly TimeSpan UnderlayQuiet = TimeSpan.FromMilliseconds(20);

    /// <summary>Follows the external interface: what it is now, devices, lease and peers' plans follow.</summary>
    private async Task FollowUnderlayAsync(Node node, CancellationToken cancellationToken)
    {
        var away = false;
        await foreach (var _ in node.Reconciler.UnderlayChanges.ReadAllAsync(cancellationToken))
        {
            await Task.Delay(UnderlayQuiet, time, cancellationToken);
            try
            {
                var external = ExternalInterfaceWatch.Refresh(node.External, node.Criteria, HostNetwork.Read(node.Lookups));
                if (away)
                {
                    Log.InterfaceBack(_logger, external.Name);
                }

                Adopt(node, external, wasAway: away);
                away = false;
                node.Peers?.CheckPaths();
            }
            catch (Exception e) when (e is HostException or ConfigException)
            {
                // Not the end: the interface returns, or the next address is one that the backend can work with.
                if (!away)
                {
                    Log.InterfaceAway(_logger, e.Message);
                }

                away = true;
            }
        }
    }

    private void Adopt(Node node, ExternalInterface external, bool wasAway)
    {
        var differs = ExternalInterfaceWatch.Differs(node.External, external);
        if (differs || wasAway)
        {
            // From an address that is gone nothing is answered, which the kernel would find out late.
            node.Store.Reconnect();
        }

        if (!differs)
        {
            if (node.Backend.FollowsUnderlay)
            {
                node.Peers?.Replan(node.Backend);
            }

            return;
        }

        Log.InterfaceChanged(_logger, external);
        var (before, backend) = (node.Backend, node.Factory.Create(node.Config, external));
        (node.External, node.Backend) = (external, backend);
        node.Reconciler.WantHost(PlanHost(node));
        node.Peers?.Replan(backend);
        if (backend.Attributes != before.Attributes)
        {
            node.Updates.Writer.TryWrite(backend.Attributes);
        }

        if (backend.Mtu != before.Mtu)
        {
            TryWriteSubnetFile(node);
        }
    }

    /// <summary>Writes the subnet file and reports ready; a failure is a warning.</summary>
    private bool TryWriteSubnetFile(Node node)
    {
        try
        {
            SubnetFile.Write(options.SubnetFile, new SubnetEnvironment
            {
                Network = node.Config.EnableIPv4 ? node.Config.IPv4!.Network : default,
                Subnet = node.Lease.Key.IPv4,
                IPv6Network = node.Config.EnableIPv6 ? node.Config.IPv6!.Network : default,
                IPv6Subnet = node.Lease.Key.IPv6,
                Mtu = node.Backend.Mtu,
                IPMasq = options.IPMasq,
            });
        }
        catch (HostException e)
        {
            if (readiness.Reason != e.Message)
            {
                Log.SubnetFileFailed(_logger, e.Message);
            }

            readiness.SetWaiting(e.Message);
            return false;
        }

        Log.SubnetFileWritten(_logger, options.SubnetFile);
        readiness.SetReady();
        return true;
    }

    private async Task RetrySubnetFileAsync(Node node, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), time);
        do
        {
            await backoff.WaitAsync(cancellationToken);
        }
        while (!TryWriteSubnetFile(node));
    }
}
