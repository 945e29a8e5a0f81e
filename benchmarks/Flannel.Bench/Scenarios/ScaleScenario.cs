using System.Diagnostics;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>A host that joins 5,000 others, and loses them all at once; each run beside the same work done by hand.</summary>
internal static class ScaleScenario
{
    private const int PeerCount = 5000;

    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(150);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options, string backend)
    {
        var runs = new List<Run>();
        for (var run = 0; run < options.Runs; run++)
        {
            runs.Add(await RunAsync(backend));
            Console.Error.WriteLine($"  run {run + 1}: {runs[^1]}");
        }

        var originals = backend == "vxlan" ? ("2.2 s", "1.6 s", "0.55 s") : ("25 s", "26 s", "");
        yield return new Figure(
            $"5,000 leases, {backend}: start → all routes",
            Quantity.Time(Median.Of(runs.Select(run => run.Start))),
            Bar.AtMost(1.5, Median.Of(runs.Select(run => run.Install)), Allowance),
            originals.Item1);
        yield return new Figure(
            $"5,000 leases, {backend}: CPU time of that start", Quantity.Time(Median.Of(runs.Select(run => run.Cpu))), null, originals.Item2);
        yield return new Figure(
            $"5,000 leases deleted at once, {backend} → routes gone",
            Quantity.Time(Median.Of(runs.Select(run => run.Loss))),
            Bar.AtMost(1.5, Median.Of(runs.Select(run => run.Remove)), Allowance),
            originals.Item3);
    }

    private static async Task<Run> RunAsync(string backend)
    {
        var peers = Site.Peers(PeerCount);
        await using var site = await Site.CreateAsync(backend, peers);
        var handMade = new HandMade(site.Host, backend, peers);
        await MeasureAsync(site, handMade); // the first in a namespace is slower
        var (install, remove) = await MeasureAsync(site, handMade);

        using var routes = new RouteWatch(site.Host);
        var started = Stopwatch.GetTimestamp();
        await using var daemon = site.StartDaemon();
        var start = Stopwatch.GetElapsedTime(started, await routes.AwaitAddedAsync(() => daemon.Lines, PeerCount));
        var cpu = daemon.Cpu;
        await site.VerifyAsync(PeerCount);

        var deleted = Stopwatch.GetTimestamp();
        var deletion = site.Etcd.DeleteAsync(Peer.KeyPrefix);
        var loss = Stopwatch.GetElapsedTime(deleted, await routes.AwaitRemovedAsync(() => daemon.Lines, PeerCount));
        await deletion;
        return new Run(install, remove, start, cpu, loss);
    }

    private static async Task<(TimeSpan Install, TimeSpan Remove)> MeasureAsync(Site site, HandMade handMade)
    {
        await handMade.PrepareAsync();
        var install = await handMade.InstallAsync();
        await site.VerifyAsync(PeerCount);
        var remove = await handMade.RemoveRoutesAsync();
        await handMade.CleanAsync();
        return (install, remove);
    }

    /// <param name="Install">All objects, by hand.</param>
    /// <param name="Remove">The routes, by hand.</param>
    /// <param name="Start">From the start of the daemon to the last route.</param>
    /// <param name="Cpu">The daemon's, until then.</param>
    /// <param name="Loss">From the request that deletes all leases to the end of the last route.</param>
    private sealed record Run(TimeSpan Install, TimeSpan Remove, TimeSpan Start, TimeSpan Cpu, TimeSpan Loss);
}
