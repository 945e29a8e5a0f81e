using System.Text.Json;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>iperf3 between two pods.</summary>
internal sealed class Transfer : IAsyncDisposable
{
    private readonly Pod _client;
    private readonly Pod _server;
    private readonly ChildProcess _listener;

    private Transfer(Pod client, Pod server, ChildProcess listener) => (_client, _server, _listener) = (client, server, listener);

    public static async Task<Transfer> StartAsync(Pod client, Pod server)
    {
        await Ping.AllReachAllAsync([client, server]);
        var listener = ChildProcess.Start("iperf3", ["--server", "--forceflush"], netns: server.Netns.Path);
        await listener.WaitForLineAsync(line => line.Contains("listening", StringComparison.Ordinal));
        return new Transfer(client, server, listener);
    }

    /// <summary>
    /// One transfer of a second, after another that does not count; bits per second as received. Either end keeps to a processor of its own: where the scheduler puts
    /// them makes more of a difference than what is measured.
    /// </summary>
    public async Task<double> MeasureAsync()
    {
        using var report = JsonDocument.Parse(await _client.RunAsync($"iperf3 --client {_server.Address} --time 1 --omit 1 --affinity 0,1 --json"));
        return report.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
