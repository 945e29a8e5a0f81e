using System.Diagnostics;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>A host alone: each start with an etcd and a namespace that nothing ran in before.</summary>
internal static class StartScenario
{
    /// <summary>Long enough for all that follows the start to have happened.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        var durations = new List<TimeSpan>();
        var memory = new List<double>();
        for (var run = 0; run < options.Runs; run++)
        {
            await using var site = await Site.CreateAsync("vxlan", []);
            var started = Stopwatch.GetTimestamp();
            await using var daemon = site.StartDaemon();
            durations.Add(Stopwatch.GetElapsedTime(started, await daemon.AwaitSubnetFileAsync()));
            await Task.Delay(Rest);
            memory.Add(daemon.ResidentMemory);
        }

        yield return new Figure("start → subnet.env, empty etcd", Quantity.Time(Median.Of(durations)), Bar.AtMost(TimeSpan.FromMilliseconds(60)), "110 ms");
        yield return new Figure("memory at rest, no HTTP port", Quantity.Bytes(Median.Of(memory)), Bar.AtMost(Quantity.Bytes(20e6)), "58 MB");
    }
}
