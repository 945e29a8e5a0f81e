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
        var argument = CniArguments.Read(call.Args, "IP", value => value.Length == 0 || ReadHost(value) is not null ? null : BadAddress(value));
        if (!string.IsNullOrEmpty(argument))
        {
            requested.Add(ReadHost(argument)!.Value);
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

    /// <summary>An address, with or without a prefix length, which is of no account.</summary>
    private static Cidr? ReadHost(string text) =>
        Cidr.TryParse(text, out var cidr) ? AddressRange.Canonical(cidr.Address) :
        Cidr.TryParseAddress(text, out var address) ? AddressRange.Canonical(address) : null;

    private static string BadAddress(string text) => $"invalid IP address {text.Cut(ShownLength)}";
}
