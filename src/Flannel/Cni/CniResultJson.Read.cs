using System.Net;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni;

public static partial class CniResultJson
{
    /// <summary>Reads a result: by its own <c>cniVersion</c>, or by the one that is expected where it says none.</summary>
    /// <exception cref="CniException">It is none: code 6, or code 1 for a version nobody knows.</exception>
    public static CniResult Read(JsonElement json, CniVersion expected)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw JsonMembers.Fault("result", "must be an object", json);
        }

        var version = json.Text("cniVersion") is { Length: > 0 } text ? ReadVersion(text) : expected;
        return (version < CniVersion.V030 ? ReadFamilies(json) : ReadLists(json)) with { Dns = ReadDns(json.Object("dns")) };
    }

    /// <summary>The <c>dns</c> of a result or a configuration.</summary>
    public static CniDns ReadDns(JsonElement? json) => json is not { } dns ? CniDns.None : new CniDns
    {
        Nameservers = dns.Texts("nameservers"),
        Domain = dns.Text("domain"),
        Search = dns.Texts("search"),
        Options = dns.Texts("options"),
    };

    /// <summary>A route of a result, or of the <c>ipam</c> of a configuration.</summary>
    /// <exception cref="CniException">It has no destination, or something in it is malformed: code 6.</exception>
    public static CniRoute ReadRoute(JsonElement json) => new(ReadCidr(json, "dst"))
    {
        Gateway = ReadAddress(json, "gw"),
        Mtu = json.Integer("mtu"),
        AdvMss = json.Integer("advmss"),
        Priority = json.Integer("priority"),
        Table = json.OptionalInteger("table"),
        Scope = json.OptionalInteger("scope"),
    };

    private static CniVersion ReadVersion(string text) =>
        CniVersion.TryParse(text, out var version) && CniVersion.Supported.Contains(version)
            ? version
            : throw new CniException(CniException.IncompatibleVersion, $"a result of the unknown CNI version \"{text.Cut(40)}\"");

    private static CniResult ReadLists(JsonElement json)
    {
        List<CniInterface> interfaces = [];
        foreach (var item in json.Items("interfaces"))
        {
            interfaces.Add(new CniInterface(item.Text("name"))
            {
                Mac = item.Text("mac"),
                Mtu = item.Integer("mtu"),
                Sandbox = item.Text("sandbox"),
                SocketPath = item.Text("socketPath"),
                PciId = item.Text("pciID"),
            });
        }

        List<CniAddress> addresses = [];
        foreach (var item in json.Items("ips"))
        {
            addresses.Add(new CniAddress(ReadCidr(item, "address")) { Gateway = ReadAddress(item, "gateway"), Interface = item.OptionalInteger("interface") });
        }

        return new CniResult { Interfaces = interfaces, Ips = addresses, Routes = [.. ReadRoutes(json)] };
    }

    private static CniResult ReadFamilies(JsonElement json)
    {
        List<CniAddress> addresses = [];
        List<CniRoute> routes = [];
        foreach (var name in (ReadOnlySpan<string>)["ip4", "ip6"])
        {
            if (json.Object(name) is { } family)
            {
                addresses.Add(new CniAddress(ReadCidr(family, "ip")) { Gateway = ReadAddress(family, "gateway") });
                routes.AddRange(ReadRoutes(family));
            }
        }

        return new CniResult { Ips = addresses, Routes = routes };
    }

    private static IEnumerable<CniRoute> ReadRoutes(JsonElement json) => json.Items("routes").Select(ReadRoute);

    private static Cidr ReadCidr(JsonElement json, string name) =>
        json.Text(name) is var text && Cidr.TryParse(text, out var cidr)
            ? cidr
            : throw new CniException(CniException.DecodingFailure, $"invalid CIDR address: {name} \"{text.Cut(60)}\"");

    private static IPAddress? ReadAddress(JsonElement json, string name) =>
        json.Text(name) is not { Length: > 0 } text ? null :
        Cidr.TryParseAddress(text, out var address) ? address :
        throw new CniException(CniException.DecodingFailure, $"invalid IP address: {name} \"{text.Cut(60)}\"");
}
