using System.Globalization;
using Flannel.Bench.Bed;
using Flannel.Bench.Figures;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

/// <summary>
/// What TCP makes of our devices and routes and of the same made by hand: between the same two pods, by turns, and without forward rules on either side. Two pairs of hosts
/// that are equal on paper differ by more than what is measured.
/// </summary>
internal static class TransferScenario
{
    private const string Config = """{"Network":"10.0.0.0/8","Backend":{"Type":"$"}}""";

    public static async IAsyncEnumerable<Figure> MeasureAsync(BenchOptions options)
    {
        foreach (var backend in new[] { "vxlan", "host-gw" })
        {
            await using var fabric = await Fabric.StartAsync(
                await TestNetwork.CreateAsync(2), Config.Replace("$", backend, StringComparison.Ordinal), "--iptables-forward-rules=false");
            await using var transfer = await Transfer.StartAsync(fabric.Pods[0], fabric.Pods[1]);
            var pair = new HandMadePair(fabric.Daemons[0], fabric.Daemons[1], backend);
            var (ratios, baselines) = (new List<double>(), new List<double>());
            var before = await transfer.MeasureAsync();
            for (var run = 0; run < 3 * options.Runs; run++)
            {
                await ExchangeForHandMadeAsync(fabric, pair);
                var handMade = await transfer.MeasureAsync();
                await ExchangeForOursAsync(fabric, pair);
                var after = await transfer.MeasureAsync();

                // A machine that gets slower or faster meanwhile does so by half for the one in the middle.
                ratios.Add((before + after) / 2 / handMade);
                baselines.Add(handMade);
                before = after;
            }

            yield return new Figure(
                $"pod-to-pod TCP, {backend}, against hand-made",
                Quantity.Ratio(Median.Of(ratios)),
                Bar.AtLeast(Quantity.Ratio(0.97), string.Create(CultureInfo.InvariantCulture, $"of {Median.Of(baselines) / 1e9:0.00} Gbit/s")));
        }
    }

    private static async Task ExchangeForHandMadeAsync(Fabric fabric, HandMadePair pair)
    {
        foreach (var daemon in fabric.Daemons)
        {
            await daemon.StopAsync();
            await daemon.Host.RunAsync($"{Path.Combine(Path.GetDirectoryName(Flanneld.Binary)!, "flannelctl")} cleanup --yes --subnet-file={daemon.SubnetFile}");
        }

        await pair.ConnectAsync();
        await Ping.AllReachAllAsync(fabric.Pods);
    }

    private static async Task ExchangeForOursAsync(Fabric fabric, HandMadePair pair)
    {
        await pair.DisconnectAsync();
        foreach (var daemon in fabric.Daemons)
        {
            await daemon.RestartAsync();
        }

        foreach (var daemon in fabric.Daemons)
        {
            await daemon.WaitUntilReadyAsync();
        }

        await Ping.AllReachAllAsync(fabric.Pods);
    }
}
