using Flannel.Bench.Figures;
using Flannel.Testing;

namespace Flannel.Bench.Scenarios;

internal static class SizeScenario
{
    public static async IAsyncEnumerable<Figure> Measure()
    {
        await Task.CompletedTask;
        yield return new Figure(
            "native binary, all programs in it", Quantity.Bytes(new FileInfo(Flanneld.Binary).Length), Bar.AtMost(Quantity.Bytes(16e6)), "52.8 MB + 2.9 MB + 13.6 MB");
    }
}
