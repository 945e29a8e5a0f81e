using Flannel.Bench.Figures;
using Flannel.Bench.Scenarios;

namespace Flannel.Bench;

/// <summary>Something to set up once and the figures it yields.</summary>
internal sealed record Scenario(string Name, string Summary, Func<BenchOptions, IAsyncEnumerable<Figure>> Measure)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("size", "the native binary", _ => SizeScenario.Measure()),
        new("start", "start and memory at rest, empty etcd", StartScenario.MeasureAsync),
        new("vxlan", "5,000 leases in etcd: start, and all deleted at once", options => ScaleScenario.MeasureAsync(options, "vxlan")),
        new("host-gw", "the same with host-gw", options => ScaleScenario.MeasureAsync(options, "host-gw")),
        new("rest", "memory and CPU at rest, 5,000 peers", RestScenario.MeasureAsync),
        new("lease", "one more lease beside 100 and 5,000", LeaseScenario.MeasureAsync),
        new("kube", "5,000 nodes in a real API server: start, memory, a heartbeat, one more node", KubeScenario.MeasureAsync),
        new("tcp", "TCP between pods against hand-made devices and routes", TransferScenario.MeasureAsync),
        new("cni", "containers attached and detached against the standard plugins", CniScenario.MeasureAsync),
        new("heal", "damage of each kind and its repair", HealScenario.MeasureAsync),
    ];
}
