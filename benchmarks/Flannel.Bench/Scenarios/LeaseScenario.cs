using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>
/// One host joins, again and again, in turn beside few and beside many. The time runs from the request to etcd. What the many cost etcd and the kernel is measured in
/// the same turn by the least that does the same; whatever the daemon's own time grows beyond that is ours.
/// </summary>
internal static class LeaseScenario
{
    private const int Few = 100;
    private const int Many = 5000;
    private const int WarmUp = 3;

    private const double Tolerance = 1.25;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(3);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var backend in new[] { "vxlan", "host-gw" })
        {
            var (ours, bare) = await CompareAsync(backend, options.Repetitions);
            var originals = backend == "vxlan" ? ("3.6 ms", "5 ms") : ("", "13 ms");
            yield return new Figure($"one more lease, {backend}, 100 peers: put → route", Quantity.Time(ours.Few), Bar.AtMost(Limit), originals.Item1);
            yield return new Figure($"one more lease, {backend}, 5,000 peers: put → route", Quantity.Time(ours.Many), Bar.AtMost(Limit), originals.Item2);
            yield return new Figure(
                $"one more lease, {backend}: 5,000 against 100 peers",
                Quantity.Ratio(ours.Many / ours.Few),
                Bar.AtMost(Tolerance, bare.Many / bare.Few));
        }
    }

    private static async Task<(Pair Ours, Pair Bare)> CompareAsync(string backend, int repetitions)
    {
        await using var oursFew = await JoinBed.OfDaemonAsync(backend, Few);
        await using var oursMany = await JoinBed.OfDaemonAsync(backend, Many);
        await using var bareFew = await JoinBed.OfBareFollowerAsync(backend, Few);
        await using var bareMany = await JoinBed.OfBareFollowerAsync(backend, Many);
        var (ours, bare) = (new List<Pair>(), new List<Pair>());
        for (var i = 0; i < WarmUp + repetitions; i++)
        {
            var newcomer = new Peer(Many + i);
            ours.Add(new Pair(await oursFew.JoinAsync(newcomer), await oursMany.JoinAsync(newcomer)));
            bare.Add(new Pair(await bareFew.JoinAsync(newcomer), await bareMany.JoinAsync(newcomer)));
        }

        return (Pair.MedianOf([.. ours.Skip(WarmUp)]), Pair.MedianOf([.. bare.Skip(WarmUp)]));
    }

    /// <summary>The same beside few and beside many peers.</summary>
    private readonly record struct Pair(TimeSpan Few, TimeSpan Many)
    {
        public static Pair MedianOf(IReadOnlyList<Pair> pairs) => new(Median.Of(pairs.Select(pair => pair.Few)), Median.Of(pairs.Select(pair => pair.Many)));
    }
}
