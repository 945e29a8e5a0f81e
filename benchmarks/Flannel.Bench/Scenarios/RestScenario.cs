using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>A host that has its 5,000 peers and nothing to do.</summary>
internal static class RestScenario
{
    private const int PeerCount = 5000;

    /// <summary>What the start leaves to do is not rest yet.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        await using var site = await Site.CreateAsync("vxlan", Site.Peers(PeerCount));
        using var routes = new RouteWatch(site.Host);
        await using var daemon = site.StartDaemon();
        await routes.AwaitAddedAsync(() => daemon.Lines, PeerCount);
        await site.VerifyAsync(PeerCount);
        await Task.Delay(Calm);
        var before = daemon.Cpu;
        await Task.Delay(options.Rest);
        var perMinute = (daemon.Cpu - before) * (TimeSpan.FromMinutes(1) / options.Rest);
        yield return new Figure(
            "memory at 5,000 peers, vxlan", Quantity.Bytes(daemon.ResidentMemory), Bar.AtMost(Quantity.Bytes(30e6)), "66–71 MB");
        yield return new Figure(
            $"CPU at rest, 5,000 peers, per minute (over {options.Rest.TotalSeconds} s)", Quantity.Time(perMinute), Bar.AtMost(TimeSpan.FromMilliseconds(5)));
    }
}
