using System.Globalization;
using System.Text;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni;

/// <summary>The configuration that <c>flannel</c> makes for its delegate (cni-plugin.md §4): what the user gave, completed from the subnet file.</summary>
internal static class DelegateConfig
{
    /// <exception cref="CniException">What the user gave cannot be the base of a configuration.</exception>
    public static PluginConfig Create(PluginConfig own, FlannelConfig config, SubnetEnv subnet)
    {
        Check(config.Delegate);
        var members = CanonicalJson.Members(config.Delegate);
        if (config.RuntimeConfig is { } runtime)
        {
            members["runtimeConfig"] = CanonicalJson.Text(runtime);
        }

        members["name"] = CanonicalJson.Text(own.Name);
        var bridge = CanonicalJson.Text("bridge");
        members.TryAdd("type", bridge);
        members.TryAdd("ipMasq", subnet.IPMasq ? "false" : "true");
        members.TryAdd("mtu", subnet.Mtu.ToString(CultureInfo.InvariantCulture));
        if (members["type"] == bridge)
        {
            members.TryAdd("isGateway", "true");
        }

        if (own.HasVersion)
        {
            members["cniVersion"] = CanonicalJson.Text(own.CniVersion.ToString());
        }

        members["ipam"] = Ipam(config.Ipam, subnet);
        return PluginConfig.Parse(Encoding.UTF8.GetBytes(CanonicalJson.Text(members)));
    }

    /// <summary>The same configuration for GC: with the attachments to keep, and a version that knows GC.</summary>
    public static PluginConfig ForCollection(PluginConfig saved, PluginConfig own)
    {
        var members = CanonicalJson.Members(saved.Root);
        members["cniVersion"] = CanonicalJson.Text(own.CniVersion.ToString());
        members[PluginConfig.AttachmentsName] =
            $"[{string.Join(',', own.ValidAttachments!.Select(valid => $$"""{"containerID":{{CanonicalJson.Text(valid.ContainerId)}},"ifname":{{CanonicalJson.Text(valid.IfName)}}}"""))}]";
        return PluginConfig.Parse(Encoding.UTF8.GetBytes(CanonicalJson.Text(members)));
    }

    // Names of these members count letter by letter, as does null: who writes it means it.
    private static void Check(JsonElement? given)
    {
        if (given is not { } members)
        {
            return;
        }

        if (members.TryGetProperty("type", out var type) && type.ValueKind != JsonValueKind.String)
        {
            throw Refused("'delegate' dictionary, if present, must have (string) 'type' field");
        }

        foreach (var name in (ReadOnlySpan<string>)["name", "ipam"])
        {
            if (members.TryGetProperty(name, out _))
            {
                throw Refused($"'delegate' dictionary must not have '{name}' field, it'll be set by flannel");
            }
        }
    }

    private static string Ipam(JsonElement? given, SubnetEnv subnet)
    {
        var members = CanonicalJson.Members(given);
        members.TryAdd("type", CanonicalJson.Text("host-local"));
        members["ranges"] = $"[{string.Join(',', new[] { subnet.Subnet, subnet.IPv6Subnet }.Where(range => !range.IsEmpty).Select(Range))}]";
        members["routes"] = $"[{string.Join(',', GivenRoutes(given).Concat(subnet.Networks.Concat(subnet.IPv6Networks).Select(network => new CniRoute(network))).Select(Route))}]";
        return CanonicalJson.Text(members);
    }

    private static string Range(Cidr subnet) => $$"""[{"subnet":"{{subnet}}"}]""";

    private static IEnumerable<CniRoute> GivenRoutes(JsonElement? ipam)
    {
        if (ipam is not { } given || !given.TryGetProperty("routes", out var routes))
        {
            return [];
        }

        try
        {
            return [.. routes.Elements("routes").Select(CniResultJson.ReadRoute)];
        }
        catch (CniException fault)
        {
            throw new CniException(
                CniException.InvalidConfig, $"failed to assemble Delegate IPAM: failed to read IPAM routes: failed to parse ipam.routes: {fault.Message}", cause: fault);
        }
    }

    /// <summary>A route's members have an order of their own.</summary>
    private static string Route(CniRoute route)
    {
        var text = new StringBuilder("{\"dst\":").Append(CanonicalJson.Text(route.Destination.ToString()));
        Append("gw", route.Gateway is { } gateway ? CanonicalJson.Text(gateway.ToString()) : null);
        Append("mtu", NotZero(route.Mtu));
        Append("advmss", NotZero(route.AdvMss));
        Append("priority", NotZero(route.Priority));
        Append("table", Digits(route.Table));
        Append("scope", Digits(route.Scope));
        return text.Append('}').ToString();

        void Append(string name, string? value) => text.Append(value is null ? "" : $",\"{name}\":{value}");
    }

    private static string? NotZero(int number) => number == 0 ? null : Digits(number);

    private static string? Digits(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static CniException Refused(string message) => new(CniException.InvalidConfig, message);
}
