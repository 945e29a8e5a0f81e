using System.Diagnostics;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

/// <summary>A daemon that has all its peers, in a cluster where something goes on.</summary>
internal sealed class KubeBed : IAsyncDisposable
{
    private const int WarmUp = 5;

    /// <summary>By then the last of many events has been read.</summary>
    private static readonly TimeSpan Echo = TimeSpan.FromSeconds(1);

    private readonly KubeSite _site;
    private readonly Flanneld _daemon;
    private readonly RouteWatch _routes;
    private readonly int _peers;

    private KubeBed(KubeSite site, Flanneld daemon, RouteWatch routes, int peers) => (_site, _daemon, _routes, _peers) = (site, daemon, routes, peers);

    /// <param name="site">With no daemon yet; stays the caller's.</param>
    /// <param name="peers">How many it has.</param>
    public static async Task<KubeBed> StartAsync(KubeSite site, int peers)
    {
        var routes = new RouteWatch(site.Host);
        var daemon = site.StartDaemon();
        await routes.AwaitAddedAsync(() => daemon.Lines, peers);
        return new KubeBed(site, daemon, routes, peers);
    }

    /// <summary>
    /// What the daemon is sent, answers and computes for a heartbeat of another node. They come one by one, each as soon as the one before is stored, and each from another node:
    /// two in a second from one would be the same to the server.
    /// </summary>
    public async Task<(double Bytes, TimeSpan Cpu)> HeartbeatsAsync(int count)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            await _site.HeartbeatAsync(new Peer(_peers - 1 - i));
        }

        await Task.Delay(Echo);
        var (bytes, cpu) = (await _site.CountTrafficAsync(), _daemon.Cpu);
        for (var i = 0; i < count; i++)
        {
            await _site.HeartbeatAsync(new Peer(i));
        }

        await Task.Delay(Echo);
        return ((await _site.CountTrafficAsync() - bytes) / count, (_daemon.Cpu - cpu) / count);
    }

    /// <summary>One node's flannel starts, again and again: from its request to the API server to the answer, and to the route in our kernel. The newcomers leave again.</summary>
    public async Task<(TimeSpan Answer, TimeSpan Route)> JoinAsync(int repetitions)
    {
        var (answers, routes) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i < WarmUp + repetitions; i++)
        {
            var newcomer = new Peer(_peers + i);
            await _site.AddNodeAsync(newcomer);
            var started = Stopwatch.GetTimestamp();
            var answer = AnnotateAsync(newcomer);
            routes.Add(Stopwatch.GetElapsedTime(started, await _routes.AwaitAddedAsync(() => _daemon.Lines, 1)));
            answers.Add(Stopwatch.GetElapsedTime(started, await answer));
            await _site.DeleteNodeAsync(newcomer);
            await _routes.AwaitRemovedAsync(() => _daemon.Lines, 1);
        }

        return (Median.Of(answers.Skip(WarmUp)), Median.Of(routes.Skip(WarmUp)));
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _routes.Dispose();
    }

    private async Task<long> AnnotateAsync(Peer newcomer)
    {
        await _site.AnnotateAsync(newcomer);
        return Stopwatch.GetTimestamp();
    }
}
