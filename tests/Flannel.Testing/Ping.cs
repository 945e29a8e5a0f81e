using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Flannel.Testing;

/// <summary>Asks by the program <c>ping</c> whether packets arrive.</summary>
public static partial class Ping
{
    // IP and ICMP headers around the bytes that ping counts.
    private const int HeadersV4 = 20 + 8;
    private const int HeadersV6 = 40 + 8;

    /// <summary>One echo, answered within a second or not.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">Where to.</param>
    /// <param name="device">The device it has to leave by, whatever the routes say.</param>
    public static Task<bool> ReachesAsync(Node from, IPAddress to, string? device = null) =>
        TryAsync(from, $"ping -n -q -c 1 -W 1 {(device is null ? "" : $"-I {device} ")}{to}");

    /// <summary>Whether a packet of exactly this size, headers included, passes in one piece both ways.</summary>
    public static Task<bool> PassesAsync(Node from, IPAddress to, int packetSize) =>
        TryAsync(from, $"ping -n -q -c 1 -W 1 -M do -s {packetSize - (to.AddressFamily == AddressFamily.InterNetwork ? HeadersV4 : HeadersV6)} {to}");

    /// <summary>The mean round trip of some echoes.</summary>
    /// <exception cref="CommandException">None came back.</exception>
    public static async Task<TimeSpan> RoundTripAsync(Node from, IPAddress to, int count = 5)
    {
        var text = await from.RunAsync($"ping -n -q -c {count} -i 0.01 -W 1 {to}");
        return TimeSpan.FromMilliseconds(double.Parse(Mean().Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until every node reaches every other by each of its addresses.</summary>
    /// <exception cref="TimeoutException">Some pairs remain; they are named.</exception>
    public static Task AllReachAllAsync(IReadOnlyList<Node> nodes, TimeSpan? deadline = null) =>
        Eventually.BecomesAsync(async () => string.Join(", ", await FindSilentPairsAsync(nodes)), silent => silent.Length == 0, deadline);

    /// <summary>Each pair, as <c>host1 → host2 (172.30.0.12)</c>, that does not answer.</summary>
    public static async Task<IReadOnlyList<string>> FindSilentPairsAsync(IReadOnlyList<Node> nodes)
    {
        var pairs =
            from one in nodes
            from other in nodes
            where one != other
            from address in other.Addresses
            select (one, other, address);
        var answers = await Task.WhenAll(pairs.Select(async pair => (pair, reached: await ReachesAsync(pair.one, pair.address))));
        return [.. answers.Where(answer => !answer.reached).Select(answer => $"{answer.pair.one} → {answer.pair.other} ({answer.pair.address})")];
    }

    private static async Task<bool> TryAsync(Node from, string commandLine) => (await from.TryRunAsync(commandLine)).ExitCode == 0;

    [GeneratedRegex("= [0-9.]+/([0-9.]+)/")]
    private static partial Regex Mean();
}
