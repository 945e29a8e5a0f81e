using Flannel.Config;
using Flannel.Leases;
using Flannel.Leases.Kube;
using Flannel.Stores.Kube;

namespace Flannel.UnitTests.Leases.Kube;

/// <summary>Nodes as a cluster tells them.</summary>
internal static class Nodes
{
    public static readonly NodeAnnotations Names = NodeAnnotations.Under("flannel.alpha.coreos.com");

    public static readonly NetworkConfig IPv4 = NetworkConfig.ParseAssigned("""{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}""");

    public static readonly NetworkConfig Both =
        NetworkConfig.ParseAssigned("""{"Network":"10.244.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:244::/48","Backend":{"Type":"vxlan"}}""");

    public static readonly NetworkConfig IPv6 =
        NetworkConfig.ParseAssigned("""{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:244::/48","Backend":{"Type":"vxlan"}}""");

    /// <summary>A whole node with a vxlan lease.</summary>
    public static KubeNode Vxlan(string name, params string[] podCidrs) => new(name, $"uid of {name}", "1", Annotations())
    {
        PodCidr = podCidrs.FirstOrDefault(""),
        PodCidrs = podCidrs,
    };

    /// <summary>What a watch tells of a node.</summary>
    public static KubeNode Metadata(this KubeNode node) => node with { PodCidr = null, PodCidrs = [] };

    public static KubeNode With(this KubeNode node, string suffix, string? value)
    {
        var annotations = new Dictionary<string, string>(node.Annotations);
        annotations.Remove(Names.Prefix + suffix);
        if (value is not null)
        {
            annotations.Add(Names.Prefix + suffix, value);
        }

        return node with { Annotations = annotations };
    }

    public static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);

    private static Dictionary<string, string> Annotations() => new()
    {
        [Names.Managed] = "true",
        [Names.BackendType] = "vxlan",
        [Names.BackendData] = """{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}""",
        [Names.PublicIP] = "192.0.2.7",
        ["another.example.org/public-ip"] = "192.0.2.99",
    };
}
