using System.Net.Sockets;
using Flannel.Config;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Reconcile;

namespace Flannel.Daemon.Ctl;

/// <summary>Finds what flannel made on a host: rules, routes, devices, the subnet file and the state beside it, in the order of removal.</summary>
/// <param name="kernel">Opened in the host's network namespace.</param>
/// <param name="rules">A keeper of the host's rules that wants none.</param>
/// <param name="subnetFile">Its path.</param>
internal sealed class HostCleanup(RtnetlinkSocket kernel, FirewallKeeper rules, string subnetFile)
{
    /// <param name="all">Also the routes that the original made: those of nobody in particular that lead through a gateway into the network of the subnet file.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<CleanupStep>> PlanAsync(bool all, CancellationToken cancellationToken)
    {
        var links = kernel.ListLinks();
        var commands = await rules.PlanRemovalAsync(cancellationToken);
        IEnumerable<CleanupStep> firewall = commands.Count > 0 ? [new(commands, rules.RemoveAsync)] : [];
        var previous = SubnetFile.Read(subnetFile);
        var routes = kernel.ListRoutes(AddressFamily.InterNetwork).Concat(kernel.ListRoutes(AddressFamily.InterNetworkV6))
            .Where(route => route.Protocol == RouteProtocol.Flannel || (all && IsOfOriginal(route, previous)));
        var files = new[] { subnetFile, DaemonState.FileBeside(subnetFile) }.Where(File.Exists).Select(Delete);
        return [.. firewall, .. routes.Select(route => Delete(route, links)), .. links.Where(VxlanDevice.IsFlannels).Select(link => Delete(link, links)), .. files];
    }

    private static bool IsOfOriginal(Route route, PreviousRun previous) =>
        route is { Protocol: RouteProtocol.Boot, Gateway: not null, IsMultipath: false } &&
        (route.Destination.IsIPv6 ? previous.IPv6Network : previous.Network) is var network &&
        network.Contains(route.Destination) && route.Destination.PrefixLength > network.PrefixLength;

    private CleanupStep Delete(object target, IReadOnlyList<Link> links)
    {
        var request = new RtnetlinkRequest(RequestVerb.Delete, target);
        return new CleanupStep([request.ToString(index => links.FirstOrDefault(link => link.Index == index)?.Name)], _ =>
        {
            Delete(request);
            return Task.CompletedTask;
        });
    }

    private void Delete(RtnetlinkRequest request)
    {
        try
        {
            kernel.Execute(request);
        }
        catch (NetlinkException e) when (e.Errno is Errnos.ESRCH or Errnos.ENODEV)
        {
            // Gone by itself: a route leaves with its device.
        }
    }

    private static CleanupStep Delete(string file) => new([$"rm {file}"], _ =>
    {
        File.Delete(file);
        return Task.CompletedTask;
    });
}
