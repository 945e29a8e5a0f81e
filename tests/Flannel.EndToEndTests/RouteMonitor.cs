using System.Globalization;
using Flannel.Testing;

namespace Flannel.EndToEndTests;

/// <summary>What the kernel of a host says about its IPv4 routes while something happens. A route that went and came back, which looking now and then would miss, is named too.</summary>
internal sealed class RouteMonitor : IAsyncDisposable
{
    private readonly TestHost _host;
    private readonly ChildProcess _process;
    private int _marks;

    private RouteMonitor(TestHost host) => (_host, _process) = (host, ChildProcess.Start("ip", ["-4", "monitor", "route"], netns: host.Netns.Path));

    /// <summary>Returns when it listens.</summary>
    public static async Task<RouteMonitor> StartAsync(TestHost host)
    {
        var monitor = new RouteMonitor(host);
        await monitor.CatchUpAsync();
        return monitor;
    }

    /// <summary>The destinations of the routes that were removed until now, in order: <c>10.5.1.0/24</c>.</summary>
    public async Task<IReadOnlyList<string>> ListRemovedAsync()
    {
        await CatchUpAsync();
        return [.. _process.Lines.Select(line => line.Split(' ')).Where(words => words is ["Deleted", var route, ..] && char.IsDigit(route[0])).Select(words => words[1])];
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Waits until it has told of a route of our own, made now, to where nobody is: an address for the testing of network devices.</summary>
    private async Task CatchUpAsync()
    {
        var mark = string.Create(CultureInfo.InvariantCulture, $"blackhole 198.18.0.{++_marks}");
        await Eventually.IsTrueAsync(async () =>
        {
            await _host.ConfigureAsync($"route add {mark}", $"route del {mark}");
            return _process.Lines.Any(line => line.Contains(mark, StringComparison.Ordinal));
        });
    }
}
