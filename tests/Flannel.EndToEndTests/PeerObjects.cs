using System.Text.Json;
using Flannel.Testing;

namespace Flannel.EndToEndTests;

/// <summary>What a daemon keeps in the kernel for its peers over IPv4, as iproute2 sees it: by our protocol number the routes, by their place the rest.</summary>
internal static class PeerObjects
{
    /// <summary>Waits until the host has what it needs for exactly these peers, which are or have been ready.</summary>
    public static async Task BecomeAsync(Flanneld daemon, string backend, IEnumerable<Flanneld> peers, TimeSpan? deadline = null)
    {
        var wanted = new List<string>();
        foreach (var peer in peers)
        {
            var subnet = peer.Subnet.IPv4.Network;
            wanted.AddRange(backend == "vxlan"
                ? [$"route {subnet} via {subnet.Address} dev flannel.1", $"neighbour {subnet.Address}", $"fdb {peer.Host.Address}"]
                : [$"route {subnet} via {peer.Host.Address} dev eth0"]);
        }

        var expected = Text(wanted);
        await Eventually.BecomesAsync(() => ReadAsync(daemon.Host, backend), seen => seen == expected, deadline, $"what {daemon.Host} has", expected);
    }

    /// <summary>One object a line, in an order of its own.</summary>
    public static async Task<string> ReadAsync(TestHost host, string backend)
    {
        var found = Select(await host.ReadAsync("ip -j -4 route show proto 102"), "dst", route => $"route {route("dst")} via {route("gateway")} dev {route("dev")}");
        return Text(backend != "vxlan"
            ? found
            : [
                .. found,
                .. Select(await host.ReadAsync("ip -j -4 neigh show dev flannel.1 nud permanent"), "dst", neighbour => $"neighbour {neighbour("dst")}"),
                .. Select(await host.ReadAsync("bridge -j fdb show dev flannel.1"), "dst", entry => $"fdb {entry("dst")}"),
            ]);
    }

    private static IEnumerable<string> Select(JsonElement items, string required, Func<Func<string, string?>, string> format) =>
        items.EnumerateArray().Where(item => item.TryGetProperty(required, out _)).Select(item => format(name => item.GetProperty(name).GetString()));

    private static string Text(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));
}
