using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.Bridging;

/// <summary>
/// <c>macspoofchk</c>: frames of a port pass only with the container's own MAC. Table <c>bridge nat</c>, a rule in its chain PREROUTING that leads to two chains of the
/// container, as the standard plugin lays them out, so either removes what the other made.
/// </summary>
/// <remarks>Scripts are JSON (libnftables-json(5)), where a name that the runtime chose can never be more than a name.</remarks>
internal sealed class SpoofCheck(string containerId, string ifName)
{
    private const string Prerouting = "PREROUTING";
    private const string Drop = """{"drop":null}""";
    private const string Return = """{"return":null}""";
    private const string PortName = """{"meta":{"key":"iifname"}}""";
    private const string SourceMac = """{"payload":{"protocol":"ether","field":"saddr"}}""";

    private readonly string _comment = $"macspoofchk-{containerId}-{ifName}";
    private readonly string _portChain = $"cni-br-iface-{containerId}-{ifName}";
    private readonly string _macChain = $"cni-br-iface-{containerId}-{ifName}-mac";

    /// <summary>Puts the rules in place, in one transaction.</summary>
    /// <exception cref="CniException">nft refuses.</exception>
    /// <exception cref="LinuxException">There is no nft.</exception>
    public void Install(string port, MacAddress mac) => Run(
        Command("add", "table", """ "family":"bridge","name":"nat" """),
        Command("add", "chain", $"{NameOf(Prerouting)},{BaseChain}"),
        Command("add", "chain", NameOf(_portChain)),
        Command("add", "chain", NameOf(_macChain)),
        Command("flush", "chain", NameOf(_portChain)),
        Command("flush", "chain", NameOf(_macChain)),
        Rule(Prerouting, Equal(PortName, port), JumpTo(_portChain)),
        Rule(_portChain, JumpTo(_macChain)),
        Rule(_macChain, Equal(SourceMac, mac.ToString()), Return),
        Rule(_macChain, Drop));

    /// <summary>Removes them; the table and its chain PREROUTING stay. What is gone already is no fault.</summary>
    /// <exception cref="CniException">nft refuses.</exception>
    /// <exception cref="LinuxException">There is no nft.</exception>
    public void Remove()
    {
        var listing = Tool.Run("nft", ["-j", "-a", "list", "chain", "bridge", "nat", Prerouting]);
        if (listing.ExitCode != 0)
        {
            return; // No such chain, so nobody ever checked anything.
        }

        // A chain is added first since only then its deletion cannot fail.
        Run([
            .. HandlesIn(listing.Output).Select(handle => Command("delete", "rule", $"{PlaceOf(Prerouting)},\"handle\":{handle}")),
            Command("add", "chain", NameOf(_portChain)),
            Command("add", "chain", NameOf(_macChain)),
            Command("flush", "chain", NameOf(_portChain)),
            Command("flush", "chain", NameOf(_macChain)),
            Command("delete", "chain", NameOf(_portChain)),
            Command("delete", "chain", NameOf(_macChain)),
        ]);
    }

    private static string BaseChain => """ "type":"filter","hook":"prerouting","prio":-300,"policy":"accept" """;

    private IEnumerable<long> HandlesIn(string listing)
    {
        using var document = JsonDocument.Parse(listing);
        foreach (var item in document.RootElement.Items("nftables"))
        {
            if (item.Object("rule") is { } rule && rule.Text("comment") == _comment)
            {
                yield return rule.GetProperty("handle").GetInt64();
            }
        }
    }

    private string Rule(string chain, params IEnumerable<string> expressions) =>
        Command("add", "rule", $"{PlaceOf(chain)},\"expr\":[{string.Join(',', expressions)}],\"comment\":{Quote(_comment)}");

    private static string Command(string verb, string kind, string members) => $$"""{"{{verb}}":{"{{kind}}":{ {{members}} } } }""";

    private static string NameOf(string chain) => $"\"family\":\"bridge\",\"table\":\"nat\",\"name\":{Quote(chain)}";

    private static string PlaceOf(string chain) => $"\"family\":\"bridge\",\"table\":\"nat\",\"chain\":{Quote(chain)}";

    private static string Equal(string left, string right) => $$"""{"match":{"op":"==","left":{{left}},"right":{{Quote(right)}} } }""";

    private static string JumpTo(string chain) => $$"""{"jump":{"target":{{Quote(chain)}} } }""";

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static void Run(params IEnumerable<string> commands)
    {
        var result = Tool.Run("nft", ["-j", "-f", "-"], $$"""{"nftables":[{{string.Join(",\n", commands)}}]}""");
        if (result.ExitCode != 0)
        {
            throw new CniException(CniException.Internal, $"failed to setup spoof-check: {result.Error.Trim()}");
        }
    }
}
