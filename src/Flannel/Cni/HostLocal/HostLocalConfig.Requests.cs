using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

// The addresses a runtime asks for, in CNI_ARGS, in args and in runtimeConfig.
internal sealed partial record HostLocalConfig
{
    private const int ShownLength = 80;

    private static List<Cidr> ReadRequested(CniCall call)
    {
        List<Cidr> requested = [];
        if (ReadArguments(call.Args) is { } argument)
        {
            requested.Add(argument);
        }

        AddAll(call.Config.Root.Object("args")?.Object("cni"));
        AddAll(call.Config.RuntimeConfig);
        return requested;

        void AddAll(JsonElement? parent)
        {
            foreach (var text in parent?.Texts("ips") ?? [])
            {
                var host = ReadHost(text) ?? throw new CniException(CniException.InvalidConfig, BadAddress(text));
                if (!requested.Contains(host))
                {
                    requested.Add(host);
                }
            }
        }
    }

    /// <summary>The value of <c>IP</c> among the pairs of CNI_ARGS. Other keys are a fault unless <c>IgnoreUnknown</c> says otherwise.</summary>
    private static Cidr? ReadArguments(string arguments)
    {
        Cidr? requested = null;
        var ignoresUnknown = false;
        List<string> unknown = [];
        foreach (var pair in arguments.Length > 0 ? arguments.Split(';') : [])
        {
            switch (pair.Split('='))
            {
                case ["IP", var value]:
                    requested = value.Length == 0 ? null : ReadHost(value) ?? throw BadPair(pair, BadAddress(value));
                    break;
                case ["IgnoreUnknown", var value]:
                    ignoresUnknown = ReadFlag(value) ?? throw BadPair(pair, $"boolean unmarshal error: invalid input {Lower(value)}");
                    break;
                case [_, _]:
                    unknown.Add(Quote(pair));
                    break;
                default:
                    throw new CniException(CniException.InvalidEnvironment, $"ARGS: invalid pair {Quote(pair)}");
            }
        }

        return unknown.Count == 0 || ignoresUnknown
            ? requested
            : throw new CniException(CniException.InvalidEnvironment, $"ARGS: unknown args [{string.Join(' ', unknown)}]");
    }

    /// <summary>An address, with or without a prefix length, which is of no account.</summary>
    private static Cidr? ReadHost(string text) =>
        Cidr.TryParse(text, out var cidr) ? AddressRange.Canonical(cidr.Address) :
        Cidr.TryParseAddress(text, out var address) ? AddressRange.Canonical(address) : null;

    private static bool? ReadFlag(string text) => Lower(text) switch { "1" or "true" => true, "0" or "false" => false, _ => null };

    private static string BadAddress(string text) => $"invalid IP address {text.Cut(ShownLength)}";

    private static CniException BadPair(string pair, string reason) =>
        new(CniException.InvalidEnvironment, $"ARGS: error parsing value of pair {Quote(pair)}: {reason}");

    private static string Quote(string pair) => $"\"{pair.Cut(ShownLength)}\"";

    private static string Lower(string text) => text.Cut(ShownLength).ToLowerInvariant();
}
