using System.Diagnostics;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

/// <summary>One host joins, again and again, in turn beside few and beside many. The time runs from the request to etcd.</summary>
internal static class LeaseScenario
{
    private const int Few = 100;
    private const int Many = 5000;
    private const int WarmUp = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(3);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var backend in new[] { "vxlan", "host-gw" })
        {
            var (few, many) = await CompareAsync(backend, options.Repetitions);
            var originals = backend == "vxlan" ? ("3.6 ms", "5 ms") : ("", "13 ms");
            yield return new Figure($"one more lease, {backend}, 100 peers: put → route", Quantity.Time(few), Bar.AtMost(Limit), originals.Item1);
            yield return new Figure($"one more lease, {backend}, 5,000 peers: put → route", Quantity.Time(many), Bar.AtMost(Limit), originals.Item2);
            yield return new Figure($"one more lease, {backend}: 5,000 against 100 peers", Quantity.Ratio(many / few), Bar.AtMost(Quantity.Ratio(1.25)));
        }
    }

    private static async Task<(TimeSpan Few, TimeSpan Many)> CompareAsync(string backend, int repetitions)
    {
        await using var smallSite = await Site.CreateAsync(backend, Site.Peers(Few));
        await using var largeSite = await Site.CreateAsync(backend, Site.Peers(Many));
        using var smallRoutes = new RouteWatch(smallSite.Host);
        using var largeRoutes = new RouteWatch(largeSite.Host);
        await using var smallDaemon = smallSite.StartDaemon();
        await using var largeDaemon = largeSite.StartDaemon();
        await smallRoutes.AwaitAddedAsync(smallDaemon, Few);
        await largeRoutes.AwaitAddedAsync(largeDaemon, Many);

        var (few, many) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i < WarmUp + repetitions; i++)
        {
            var newcomer = new Peer(Many + i);
            few.Add(await JoinAsync(smallSite, smallDaemon, smallRoutes, newcomer, backend));
            many.Add(await JoinAsync(largeSite, largeDaemon, largeRoutes, newcomer, backend));
        }

        return (Median.Of(few.Skip(WarmUp)), Median.Of(many.Skip(WarmUp)));
    }

    private static async Task<TimeSpan> JoinAsync(Site site, Flanneld daemon, RouteWatch routes, Peer newcomer, string backend)
    {
        var started = Stopwatch.GetTimestamp();
        var put = site.Etcd.PutAsync(newcomer.Key, newcomer.Value(backend));
        var duration = Stopwatch.GetElapsedTime(started, await routes.AwaitAddedAsync(daemon, 1));
        await put;
        await site.Etcd.DeleteAsync(newcomer.Key);
        await routes.AwaitRemovedAsync(daemon, 1);
        return duration;
    }
}
