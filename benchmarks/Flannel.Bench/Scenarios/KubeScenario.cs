using System.Diagnostics;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>A host whose peers are nodes of 12 kB each in a real API server: it starts again and again, hears of what does not concern it, and gets one more peer.</summary>
internal static class KubeScenario
{
    private const int Few = 200;
    private const int Many = 5000;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan JoinLimit = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan HeartbeatLimit = TimeSpan.FromMicroseconds(100);

    /// <summary>What the start leaves to do is done by then.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var backend in new[] { "vxlan", "host-gw" })
        {
            await using var site = await KubeSite.CreateAsync(backend, Site.Peers(Many));
            var runs = new List<Run>();
            for (var run = 0; run < options.Runs; run++)
            {
                runs.Add(await StartAsync(site));
                Console.Error.WriteLine($"  run {run + 1}: {runs[^1]}");
            }

            foreach (var figure in Figures(backend, runs))
            {
                yield return figure;
            }

            await using var bed = await KubeBed.StartAsync(site, Many);
            if (backend == "vxlan")
            {
                await Task.Delay(Calm);
                var (traffic, cpu) = await bed.HeartbeatsAsync(options.Quick ? 300 : 3000);
                yield return new Figure("heartbeat of another node: bytes, both ways", Quantity.Bytes(traffic), Bar.AtMost(Quantity.Bytes(3000)), "14 kB");
                yield return new Figure("heartbeat of another node: CPU", Quantity.Time(cpu), Bar.AtMost(HeartbeatLimit), "0.55 ms");
            }

            foreach (var figure in Join(backend, "5,000", await bed.JoinAsync(options.Repetitions), backend == "vxlan" ? "16 ms" : ""))
            {
                yield return figure;
            }
        }

        await using var small = await KubeSite.CreateAsync("vxlan", Site.Peers(Few));
        await using var smallBed = await KubeBed.StartAsync(small, Few);
        foreach (var figure in Join("vxlan", "200", await smallBed.JoinAsync(options.Repetitions), "7 ms"))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> Figures(string backend, IReadOnlyList<Run> runs)
    {
        var (start, memory) = backend == "vxlan" ? ("4.1 s", "231 MB") : ("28 s", "261 MB");
        var cpu = backend == "vxlan" ? "3.6 s" : "31 s";
        var fetch = Median.Of(runs.Select(run => run.Fetch));
        yield return new Figure($"5,000 nodes, {backend}: start → all routes", Quantity.Time(Median.Of(runs.Select(run => run.Start))), Bar.AtMost(StartLimit), start);
        yield return new Figure($"5,000 nodes, {backend}: curl fetches the same list", Quantity.Time(fetch), null);
        yield return new Figure($"5,000 nodes, {backend}: CPU time of that start", Quantity.Time(Median.Of(runs.Select(run => run.Cpu))), null, cpu);
        yield return new Figure($"memory at 5,000 nodes, {backend}", Quantity.Bytes(Median.Of(runs.Select(run => run.Memory))), Bar.AtMost(Quantity.Bytes(35e6)), memory);
        yield return new Figure(
            $"memory at 5,000 nodes, {backend}: peak", Quantity.Bytes(runs.Max(run => run.Peak)), Bar.AtMost(Quantity.Bytes(60e6)), backend == "vxlan" ? "" : "271 MB");
    }

    private static IEnumerable<Figure> Join(string backend, string nodes, (TimeSpan Answer, TimeSpan Route) duration, string original) =>
    [
        new($"one more node, {backend}, {nodes} nodes: annotated → route", Quantity.Time(duration.Route), Bar.AtMost(JoinLimit), original),
        new($"one more node, {backend}, {nodes} nodes: annotated → the API server's answer", Quantity.Time(duration.Answer), null),
    ];

    private static async Task<Run> StartAsync(KubeSite site)
    {
        var fetch = await site.FetchListAsync();
        using var routes = new RouteWatch(site.Host);
        var started = Stopwatch.GetTimestamp();
        await using var daemon = site.StartDaemon();
        var start = Stopwatch.GetElapsedTime(started, await routes.AwaitAddedAsync(() => daemon.Lines, Many));
        var cpu = daemon.Cpu;
        await site.VerifyAsync(Many);
        await Task.Delay(Calm);
        var run = new Run(fetch, start, cpu, daemon.ResidentMemory, daemon.PeakMemory);
        await daemon.KillAsync();
        await site.CleanAsync();
        return run;
    }

    /// <param name="Fetch">What the server needs to give the list to a program that throws it away.</param>
    /// <param name="Start">From the start of the daemon to the last route.</param>
    /// <param name="Cpu">The daemon's, until then.</param>
    /// <param name="Memory">Bytes, at rest.</param>
    /// <param name="Peak">Bytes, at the most.</param>
    private sealed record Run(TimeSpan Fetch, TimeSpan Start, TimeSpan Cpu, double Memory, double Peak);
}
