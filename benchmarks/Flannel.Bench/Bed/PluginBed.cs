using Flannel.Testing;
using Flannel.Testing.Cni;

namespace Flannel.Bench.Bed;

/// <summary>Two hosts with the same subnet file, one for our plugins and one for those they are compared with, and the same number of empty containers on each.</summary>
internal sealed class PluginBed : IDisposable
{
    /// <summary>Names the original's own program, which no distribution has; without it the plugins it would call are called directly, with what it would give them.</summary>
    private const string OriginalVariable = "FLANNEL_CNI_ORIGINAL";

    private const string SubnetFile = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";

    private static readonly string? Original = Environment.GetEnvironmentVariable(OriginalVariable);

    private readonly TestNetwork _network;

    private PluginBed(TestNetwork network, int pods)
    {
        _network = network;
        Ours = new PluginChain(network.Hosts[0], $"{CniPrograms.Native}/flannel", CniPrograms.Native, Flannel("ours"), pods);
        Theirs = Original is { Length: > 0 }
            ? new PluginChain(network.Hosts[1], Original, CniPrograms.Standard, Flannel("theirs"), pods)
            : new PluginChain(network.Hosts[1], $"{CniPrograms.Standard}/bridge", CniPrograms.Standard, Bridge("theirs"), pods);
    }

    public PluginChain Ours { get; }

    public PluginChain Theirs { get; }

    /// <summary>Whether the other side is the original's plugin with the standard ones, and not these alone.</summary>
    public static bool HasOriginal => Original is { Length: > 0 };

    public static async Task<PluginBed> CreateAsync(int pods) => new(await TestNetwork.CreateAsync(2), pods);

    public void Dispose()
    {
        Ours.Dispose();
        Theirs.Dispose();
        _network.Dispose();
    }

    private static string Flannel(string side)
    {
        var folder = Scratch.NewFolder(side);
        File.WriteAllText(Path.Combine(folder, "subnet.env"), SubnetFile);
        return $$$"""
            {"cniVersion":"1.0.0","name":"bench","type":"flannel","subnetFile":"{{{folder}}}/subnet.env","dataDir":"{{{folder}}}/state",
            "ipam":{"dataDir":"{{{folder}}}/addresses"},"delegate":{"hairpinMode":true,"isDefaultGateway":true}}
            """;
    }

    // What flannel makes of the above (cni-plugin.md §4).
    private static string Bridge(string side) => $$$"""
        {"cniVersion":"1.0.0","hairpinMode":true,"ipMasq":false,"ipam":{"dataDir":"{{{Scratch.NewFolder(side)}}}/addresses","ranges":[[{"subnet":"10.1.17.0/24"}]],
        "routes":[{"dst":"10.1.0.0/16"}],"type":"host-local"},"isDefaultGateway":true,"isGateway":true,"mtu":1450,"name":"bench","type":"bridge"}
        """;
}
