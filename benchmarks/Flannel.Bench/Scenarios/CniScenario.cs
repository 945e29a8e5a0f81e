using Flannel.Bench.Bed;
using Flannel.Bench.Figures;

namespace Flannel.Bench.Scenarios;

/// <summary>
/// Containers attached and detached by our plugin and by the standard ones, by turns, each on a host that already has a container. The work itself is the kernel's and the
/// same for both; what differs is how many programs are started, what they ask the kernel, and how often.
/// </summary>
internal static class CniScenario
{
    private const int Crowd = 50;
    private const double Share = 0.4;
    private const double ShareWithPort = 0.5;

    /// <summary>What our plugin may take besides the kernel's work.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(3);

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        using var bed = await PluginBed.CreateAsync(Crowd);
        bed.Ours.Add(0);
        bed.Theirs.Add(0);

        var (ours, theirs) = Compare(options.Repetitions, chain => chain.Add(1), chain => chain.Delete(1), bed);
        foreach (var figure in Rows("ADD", ours, theirs, Share, "12 ms"))
        {
            yield return figure;
        }

        var (deleted, kernel) = CompareWithKernel(options.Repetitions, bed.Ours);
        yield return new Figure("DEL, against the kernel's own time for the pair", Quantity.Time(deleted), Bar.AtMost(1, kernel, Allowance), "21 ms");

        (ours, theirs) = Compare(options.Repetitions, chain => chain.AddWithPort(1), chain => chain.DeleteWithPort(1), bed);
        foreach (var figure in Rows("ADD with portmap", ours, theirs, ShareWithPort))
        {
            yield return figure;
        }

        bed.Ours.Delete(0);
        bed.Theirs.Delete(0);
        (ours, theirs) = Compare(options.Runs, chain => chain.AddAll(), chain => chain.DeleteAll(), bed);
        foreach (var figure in Rows($"{Crowd} ADDs at once", ours, theirs, Share))
        {
            yield return figure;
        }
    }

    /// <summary>The bars are for all three programs of the original; without its own two of them are shown beside ours for orientation.</summary>
    private static Figure[] Rows(string what, TimeSpan ours, TimeSpan theirs, double share, string original = "") => PluginBed.HasOriginal
        ? [new Figure($"{what}, against the original", Quantity.Time(ours), Bar.AtMost(share, theirs), original)]
        : [new Figure(what, Quantity.Time(ours), null, original), new Figure($"{what}, by bridge and host-local alone", Quantity.Time(theirs), null)];

    /// <summary>Medians. Who is first changes: what one does costs the kernel something later.</summary>
    private static (TimeSpan Ours, TimeSpan Theirs) Compare(int times, Func<PluginChain, TimeSpan> measure, Action<PluginChain> undo, PluginBed bed)
    {
        var durations = new Dictionary<PluginChain, List<TimeSpan>> { [bed.Ours] = [], [bed.Theirs] = [] };
        PluginChain[] turns = [bed.Ours, bed.Theirs];
        for (var i = 0; i < times; i++)
        {
            foreach (var chain in turns)
            {
                durations[chain].Add(measure(chain));
                undo(chain);
            }

            turns.AsSpan().Reverse();
        }

        return (Median.Of(durations[bed.Ours]), Median.Of(durations[bed.Theirs]));
    }

    private static (TimeSpan Deleted, TimeSpan Kernel) CompareWithKernel(int times, PluginChain chain)
    {
        var (deleted, kernel) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var i = 0; i < times; i++)
        {
            chain.Add(1);
            deleted.Add(chain.Delete(1));
            chain.Add(1);
            kernel.Add(chain.DeletePair(1));
            chain.Delete(1);
        }

        return (Median.Of(deleted), Median.Of(kernel));
    }
}
