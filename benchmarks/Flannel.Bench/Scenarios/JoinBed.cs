using System.Diagnostics;
using Flannel.Bench.Bed;

namespace Flannel.Bench.Scenarios;

/// <summary>A host among so many peers that one more can join, again and again: with the daemon on it, or with the least that does the same.</summary>
internal sealed class JoinBed : IAsyncDisposable
{
    private readonly string _backend;
    private readonly Site _site;
    private readonly RouteWatch _routes;
    private readonly IAsyncDisposable _follower;
    private readonly Func<IReadOnlyList<string>> _lines;

    private JoinBed(string backend, Site site, RouteWatch routes, IAsyncDisposable follower, Func<IReadOnlyList<string>> lines) =>
        (_backend, _site, _routes, _follower, _lines) = (backend, site, routes, follower, lines);

    /// <summary>The daemon, with all peers in the kernel.</summary>
    public static async Task<JoinBed> OfDaemonAsync(string backend, int count)
    {
        var site = await Site.CreateAsync(backend, Site.Peers(count));
        var routes = new RouteWatch(site.Host);
        var daemon = site.StartDaemon();
        await routes.AwaitAddedAsync(() => daemon.Lines, count);
        return new JoinBed(backend, site, routes, daemon, () => daemon.Lines);
    }

    /// <summary>The bare loop, with all peers in the kernel by <c>ip</c> and <c>bridge</c>.</summary>
    public static async Task<JoinBed> OfBareFollowerAsync(string backend, int count)
    {
        var peers = Site.Peers(count);
        var site = await Site.CreateAsync(backend, peers);
        var routes = new RouteWatch(site.Host);
        var handMade = new HandMade(site.Host, backend, peers);
        await handMade.PrepareAsync();
        await handMade.InstallAsync();
        await routes.AwaitAddedAsync(() => [], count);
        var follower = await BareFollower.StartAsync(site, backend);
        return new JoinBed(backend, site, routes, follower, () => follower.Lines);
    }

    /// <summary>From the request to etcd to the route in the kernel. The newcomer leaves again.</summary>
    public async Task<TimeSpan> JoinAsync(Peer newcomer)
    {
        var started = Stopwatch.GetTimestamp();
        var put = _site.Etcd.PutAsync(newcomer.Key, newcomer.Value(_backend));
        var duration = Stopwatch.GetElapsedTime(started, await _routes.AwaitAddedAsync(_lines, 1));
        await put;
        await _site.Etcd.DeleteAsync(newcomer.Key);
        await _routes.AwaitRemovedAsync(_lines, 1);
        return duration;
    }

    public async ValueTask DisposeAsync()
    {
        await _follower.DisposeAsync();
        _routes.Dispose();
        await _site.DisposeAsync();
    }
}
