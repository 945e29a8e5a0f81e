using System.Text.Json;
using System.Text.RegularExpressions;

namespace Flannel.Testing.Cni;

/// <summary>What ip, bridge and nft say about a namespace, as lines that are equal for two that were configured alike: names made at random, MACs, numbers and timers are masked.</summary>
public static partial class KernelPicture
{
    private static readonly string[] s_commands =
    [
        "ip -j -d link show", "ip -j address show", "ip -j route show table all", "ip -j -6 route show table all", "bridge -j -d link show", "bridge -j fdb show",
        "nft -j list ruleset",
    ];

    // Numbers of this very namespace, and what the kernel counts or times. Debian's plugins ask for a queue of length 0, which later ones no longer do.
    private static readonly HashSet<string> s_masked =
    [
        "ifindex", "link_index", "link_netnsid", "master_index", "handle", "id", "txqlen", "qdisc", "bridge_id", "root_id", "designated_bridge", "hello_timer",
        "gc_timer", "tcn_timer", "topology_change_timer", "hold_timer", "message_age_timer", "forward_delay_timer", "port_id", "designated_port", "version", "release_name",
        "valid_life_time", "preferred_life_time", "packets", "bytes",
    ];

    /// <summary>The picture of a test bed's machine, and of those of its settings that are named, as in <c>net/ipv4/ip_forward</c>.</summary>
    public static Task<IReadOnlyList<string>> OfAsync(Node node, params IEnumerable<string> settings) =>
        OfAsync(line => node.RunAsync(line), name => node.Netns.Run(() => Linux.Sysctl.Get(name)), settings);

    /// <param name="run">Runs a command line inside and returns its output.</param>
    /// <param name="read">Reads a setting there.</param>
    /// <param name="settings">Those to read.</param>
    public static async Task<IReadOnlyList<string>> OfAsync(Func<string, Task<string>> run, Func<string, string?> read, params IEnumerable<string> settings)
    {
        List<string> lines = [];
        foreach (var command in s_commands)
        {
            var output = await run(command);
            using var document = JsonDocument.Parse(output.Length == 0 ? "[]" : output);
            var items = document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.GetProperty("nftables") : document.RootElement;
            lines.AddRange(items.EnumerateArray().Select(item => $"{command}: {Mask(Text(item))}").Order(StringComparer.Ordinal));
        }

        foreach (var setting in settings)
        {
            lines.Add($"{setting}: {read(setting)}");
        }

        return lines;
    }

    /// <summary>A document in one form, whatever the order of its members, masked.</summary>
    public static string OfDocument(JsonElement document) => Mask(Text(document));

    /// <summary>A text with the random parts of names and the MACs masked.</summary>
    private static string Mask(string text) => NamespacePath().Replace(LinkLocal().Replace(Mac().Replace(Veth().Replace(text, "veth#"), "MAC"), "fe80::#"), "/netns");

    // The standard plugins write an empty resolver where there is nothing to say.
    private static bool IsEmptyDns(JsonProperty member) => member.Name == "dns" && !member.Value.EnumerateObject().Any();

    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            $"{{{string.Join(' ', element.EnumerateObject().Where(member => !s_masked.Contains(member.Name) && !IsEmptyDns(member)).OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}={Text(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(' ', element.EnumerateArray().Select(Text))}]",
        // What never was without carrier, as a bridge that is given its address before its first port, is in state UNKNOWN, and works as if it were UP.
        JsonValueKind.String when element.ValueEquals("UNKNOWN") => "UP",
        _ => element.ToString(),
    };

    [GeneratedRegex("veth[0-9a-f]{8}")]
    private static partial Regex Veth();

    [GeneratedRegex("([0-9a-f]{2}:){5}[0-9a-f]{2}")]
    private static partial Regex Mac();

    [GeneratedRegex("/proc/[0-9]+/fd/[0-9]+")]
    private static partial Regex NamespacePath();

    [GeneratedRegex("fe80::[0-9a-f]+:[0-9a-f:]+")]
    private static partial Regex LinkLocal();
}
