using System.Globalization;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>More happens in the directory store than the kernel keeps for a daemon that is held up.</summary>
[Trait("case", "T")]
public sealed class StoreFloodTests
{
    private const string Lease = """{"PublicIP":"172.30.0.66","PublicIPv6":null,"BackendType":"host-gw"}""";

    [Fact]
    public async Task A_lease_whose_event_the_kernel_dropped_is_found_by_reading_everything_anew()
    {
        await using var fabric = await Fabric.StartAsync(
            await TestNetwork.CreateAsync(1), """{ "Network": "10.5.0.0/16", "EnableNFTables": true, "Backend": { "Type": "host-gw" } }""");
        var (daemon, subnets) = (fabric.Daemons[0], Path.Combine(fabric.Store, "subnets"));
        var limit = int.Parse(await File.ReadAllTextAsync("/proc/sys/fs/inotify/max_queued_events", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);

        daemon.Signal(Signal.SIGSTOP);
        Flood(Path.Combine(subnets, ".flood"), limit);
        await File.WriteAllTextAsync(Path.Combine(subnets, "10.5.200.0-24"), Lease, TestContext.Current.CancellationToken);
        daemon.Signal(Signal.SIGCONT);

        await Eventually.BecomesAsync(() => daemon.Host.RunAsync("ip route show proto 102"), routes => routes.Contains("10.5.200.0/24 via 172.30.0.66", StringComparison.Ordinal));
        File.Delete(Path.Combine(subnets, "10.5.200.0-24"));
        await Eventually.BecomesAsync(() => daemon.Host.RunAsync("ip route show proto 102"), routes => routes.Length == 0);
    }

    // Each round is two events, and no two alike follow each other, which the kernel would take for one.
    private static void Flood(string path, int events)
    {
        for (var i = 0; i <= events / 2; i++)
        {
            File.WriteAllText(path, "");
            File.Delete(path);
        }
    }
}
