using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>What host-local reads of a configuration: the <c>ipam</c> object, and the addresses and ranges that a runtime asks for.</summary>
internal sealed partial record HostLocalConfig
{
    /// <summary>Where the addresses of the network are kept.</summary>
    public required string Folder { get; init; }

    /// <summary>One address is given out of each. They do not overlap.</summary>
    public required IReadOnlyList<RangeSet> Sets { get; init; }

    /// <summary>Addresses that the container is to have, as hosts; each once.</summary>
    public required IReadOnlyList<Cidr> Requested { get; init; }

    public required IReadOnlyList<CniRoute> Routes { get; init; }

    /// <summary>A file whose resolver settings go into the result; empty for none.</summary>
    public required string ResolvConf { get; init; }

    /// <summary><see cref="Folder"/> of a configuration of which nothing else need be right: <c>dataDir</c>, or its default, and the name of the network.</summary>
    /// <exception cref="CniException">There is no <c>ipam</c>, or its <c>dataDir</c> is no text.</exception>
    public static string FolderOf(PluginConfig config)
    {
        var given = IpamOf(config).Text("dataDir");
        return Path.Combine(given.Length > 0 ? given : AddressBook.DefaultDataDirectory, config.Name);
    }

    /// <exception cref="CniException">Something is missing, malformed or contradictory.</exception>
    public static HostLocalConfig Read(CniCall call)
    {
        var ipam = IpamOf(call.Config);
        var requested = ReadRequested(call);
        var sets = ReadSets(call.Config, ipam);
        RequireOnePerFamily(sets, call.Config);
        RequireDistinct(sets);
        List<CniRoute> routes = [];
        foreach (var route in ipam.Items("routes"))
        {
            routes.Add(CniResultJson.ReadRoute(route));
        }

        return new HostLocalConfig
        {
            Folder = FolderOf(call.Config),
            Sets = sets,
            Requested = requested,
            Routes = routes,
            ResolvConf = ipam.Text("resolvConf"),
        };
    }

    private static JsonElement IpamOf(PluginConfig config) =>
        config.Ipam ?? throw new CniException(CniException.InvalidConfig, "IPAM config missing 'ipam' key");

    /// <summary>The sets that the runtime asks for, the single range written into <c>ipam</c> itself, and the sets of <c>ranges</c>, in this order.</summary>
    private static List<RangeSet> ReadSets(PluginConfig config, JsonElement ipam)
    {
        List<RangeSet> sets = [];
        AddAll(config.RuntimeConfig, "ipRanges");

        if (ipam.Text("subnet").Length > 0)
        {
            Add([ipam]);
        }

        AddAll(ipam, "ranges");
        return sets.Count > 0 ? sets : throw new CniException(CniException.InvalidConfig, "no IP ranges specified");

        void AddAll(JsonElement? parent, string name)
        {
            foreach (var items in parent?.Items(name) ?? [])
            {
                Add(items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : throw JsonMembers.Fault(name, "must hold arrays of ranges", items));
            }
        }

        void Add(IEnumerable<JsonElement> items)
        {
            try
            {
                sets.Add(RangeSet.Read(items));
            }
            catch (CniException fault) when (fault.Code == CniException.InvalidConfig)
            {
                throw new CniException(fault.Code, $"invalid range set {sets.Count}: {fault.Message}");
            }
        }
    }

    // The results of CNI 0.2.0 and before have room for one address of each family.
    private static void RequireOnePerFamily(List<RangeSet> sets, PluginConfig config)
    {
        if (config.CniVersion < CniVersion.V030 && sets.Count - 1 > (sets.Exists(set => set.IsIPv6 != sets[0].IsIPv6) ? 1 : 0))
        {
            throw new CniException(CniException.InvalidConfig, $"CNI version {config.CniVersion} does not support more than 1 address per family");
        }
    }

    private static void RequireDistinct(List<RangeSet> sets)
    {
        for (var i = 0; i < sets.Count; i++)
        {
            var other = sets.FindIndex(i + 1, sets[i].Overlaps);
            if (other >= 0)
            {
                throw new CniException(CniException.InvalidConfig, $"range set {i} overlaps with {other}");
            }
        }
    }
}
