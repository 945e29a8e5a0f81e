using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>What of the peers is in the kernel, by the word of <c>ip</c> and <c>bridge</c>.</summary>
internal static class Installed
{
    public static Task<int> CountRoutesAsync(TestHost host) => CountAsync(host, "ip route show root 10.0.0.0/8", "10.1");

    /// <summary>Checks that so many peers are there, complete.</summary>
    /// <exception cref="InvalidDataException">They are not: what was measured is not what was meant.</exception>
    public static async Task VerifyAsync(TestHost host, string backend, int peers)
    {
        var (routes, neighbours, entries) = (await CountRoutesAsync(host), peers, peers);
        if (backend == "vxlan")
        {
            neighbours = await CountAsync(host, "ip neigh show dev flannel.1 nud permanent", "10.1");
            entries = await CountAsync(host, "bridge fdb show dev flannel.1", " dst ");
        }

        if (routes != peers || neighbours != peers || entries != peers)
        {
            throw new InvalidDataException($"of {peers} peers there are {routes} routes, {neighbours} neighbours, {entries} fdb entries");
        }
    }

    private static async Task<int> CountAsync(TestHost host, string command, string mark) =>
        (await host.RunAsync(command)).Split('\n').Count(line => line.Contains(mark, StringComparison.Ordinal));
}
