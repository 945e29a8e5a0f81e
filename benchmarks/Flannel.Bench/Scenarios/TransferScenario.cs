using System.Globalization;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

/// <summary>What TCP makes of our devices and routes and of the same made by hand: short transfers in turn, so that both meet the same machine.</summary>
internal static class TransferScenario
{
    private const string Config = """{"Network":"10.0.0.0/8","Backend":{"Type":"$"}}""";

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var backend in new[] { "vxlan", "host-gw" })
        {
            await using var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), Config.Replace("$", backend, StringComparison.Ordinal));
            using var handMade = await TestNetwork.CreateAsync(2);
            await using var ours = await Transfer.StartAsync(fabric.Pods[0], fabric.Pods[1]);
            await using var theirs = await Transfer.StartAsync(handMade, backend);
            var (rates, baselines) = (new List<double>(), new List<double>());
            for (var run = 0; run < 3 * options.Runs; run++)
            {
                // Whoever comes second finds the machine as the first left it, so both are second equally often.
                foreach (var (transfer, results) in run % 2 == 0 ? [(ours, rates), (theirs, baselines)] : new[] { (theirs, baselines), (ours, rates) })
                {
                    results.Add(await transfer.MeasureAsync());
                }
            }

            var baseline = Median.Of(baselines);
            yield return new Figure(
                $"pod-to-pod TCP, {backend}, against hand-made",
                Quantity.Ratio(Median.Of(rates) / baseline),
                Bar.AtLeast(Quantity.Ratio(0.97), string.Create(CultureInfo.InvariantCulture, $"of {baseline / 1e9:0.00} Gbit/s")));
        }
    }
}
