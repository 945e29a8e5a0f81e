using System.Diagnostics;
using System.Globalization;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>
/// The plugins are killed at their work, each time at another moment from the first to the last. Programs they started live on. The runtime's next DEL finds whatever was
/// done. The daemon does not masquerade here, so the plugin does: there are rules of two kinds to lose.
/// </summary>
[Deadline(Seconds = 300)]
public sealed class KillTests : IAsyncLifetime
{
    private const int Kills = 50;

    private const string Subnet =
        "FLANNEL_NETWORK=10.9.0.0/16\nFLANNEL_SUBNET=10.9.7.1/24\nFLANNEL_IPV6_NETWORK=fd09::/48\nFLANNEL_IPV6_SUBNET=fd09:0:0:7::1/64\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n";

    private TestNetwork _network = null!;
    private PluginHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _network = await TestNetwork.CreateAsync(1);
        _host = PluginHost.WithSubnet(_network.Hosts[0], Subnet);
    }

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task After_an_add_that_was_killed_a_delete_leaves_nothing_and_the_next_add_works()
    {
        var runtime = _host.NewRuntime(CniPrograms.Native);
        var pod = _host.AddPod("one");
        var killed = 0;
        await foreach (var moment in MomentsAsync(() => runtime.AddAsync(pod, PluginHost.Port), () => runtime.DeleteAsync(pod)))
        {
            killed += await IsKilledAsync(moment, late => late.AddAsync(pod, PluginHost.Port)) ? 1 : 0;

            await runtime.DeleteAsync(pod);
            Assert.Equal("", await _host.FindTracesAsync());
            Assert.DoesNotContain("eth0", await pod.RunAsync("ip -o link"), StringComparison.Ordinal);

            await runtime.AddAsync(pod, PluginHost.Port);
            await runtime.CheckAsync(pod);
            await runtime.DeleteAsync(pod);
        }

        Assert.InRange(killed, Kills / 2, Kills);
    }

    [Fact]
    public async Task After_a_delete_that_was_killed_the_next_leaves_nothing()
    {
        var runtime = _host.NewRuntime(CniPrograms.Native);
        var pod = _host.AddPod("one");
        var killed = 0;
        await foreach (var moment in MomentsAsync(() => runtime.DeleteAsync(pod), () => runtime.AddAsync(pod, PluginHost.Port)))
        {
            await runtime.DeleteAsync(pod);
            await runtime.AddAsync(pod, PluginHost.Port);
            killed += await IsKilledAsync(moment, late => late.DeleteAsync(pod)) ? 1 : 0;

            await runtime.DeleteAsync(pod);
            Assert.Equal("", await _host.FindTracesAsync());
        }

        Assert.InRange(killed, Kills / 2, Kills);
    }

    /// <summary>Moments from the start of the longest call of a chain to its end, one at random in each of as many equal parts.</summary>
    private static async IAsyncEnumerable<TimeSpan> MomentsAsync(Func<Task> work, Func<Task> undo)
    {
        const int plugins = 2;
        List<TimeSpan> durations = [];
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await work();
            durations.Add(Stopwatch.GetElapsedTime(started));
            await undo();
        }

        var random = new Random(2026);
        for (var i = 0; i < Kills; i++)
        {
            yield return durations.Min() / plugins * ((i + random.NextDouble()) / Kills);
        }
    }

    /// <summary>Whether the kill came before the end of the chain.</summary>
    private async Task<bool> IsKilledAsync(TimeSpan moment, Func<CniRuntime, Task> call)
    {
        var seconds = moment.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);
        try
        {
            await call(_host.NewRuntime(CniPrograms.Native, launcher: ["timeout", "--foreground", "--signal=KILL", seconds]));
            return false;
        }
        catch (CommandException)
        {
            return true;
        }
    }
}
