using Flannel.Linux;
using Flannel.Testing;

namespace Flannel.EndToEndTests;

/// <summary>A host as the original leaves it, without a daemon: objects by iproute2, whose routes carry the protocol "boot" as the original's do.</summary>
internal sealed record OriginalHost(TestHost Host, string Backend)
{
    public PodSubnet Subnet { get; } = new(Cidr.Parse($"10.5.{Host.Number}.1/24"), default, Backend == "vxlan" ? 1450 : 1500);

    private string Mac { get; } = $"3e:11:22:33:44:{Host.Number:x2}";

    /// <summary>Its lease in etcd.</summary>
    public string Value => Backend == "vxlan"
        ? $$$"""{"PublicIP":"{{{Host.Address}}}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"{{{Mac}}}"}}"""
        : $$"""{"PublicIP":"{{Host.Address}}","PublicIPv6":null,"BackendType":"host-gw"}""";

    /// <summary>The annotations of its node.</summary>
    public IReadOnlyDictionary<string, string> Annotations => new Dictionary<string, string>
    {
        ["flannel.alpha.coreos.com/kube-subnet-manager"] = "true",
        ["flannel.alpha.coreos.com/backend-type"] = Backend,
        ["flannel.alpha.coreos.com/backend-data"] = Backend == "vxlan" ? $$"""{"VNI":1,"VtepMAC":"{{Mac}}"}""" : "null",
        ["flannel.alpha.coreos.com/public-ip"] = $"{Host.Address}",
    };

    /// <summary>Makes what it has in the kernel for its peers.</summary>
    public async Task InstallAsync(IReadOnlyList<OriginalHost> peers)
    {
        if (Backend != "vxlan")
        {
            await Host.ConfigureAsync(peers.Select(peer => $"route add {peer.Subnet.IPv4.Network} via {peer.Host.Address} dev eth0"));
            return;
        }

        await Host.ConfigureAsync(
            $"link add flannel.1 address {Mac} mtu 1450 type vxlan id 1 local {Host.Address} dev eth0 dstport 8472 nolearning",
            $"addr add {Subnet.IPv4.Network.Address}/32 dev flannel.1",
            "link set flannel.1 up");
        foreach (var peer in peers)
        {
            var gateway = peer.Subnet.IPv4.Network.Address;
            await Host.RunAsync($"bridge fdb add {peer.Mac} dev flannel.1 dst {peer.Host.Address} self permanent");
            await Host.ConfigureAsync(
                $"neigh add {gateway} lladdr {peer.Mac} dev flannel.1 nud permanent",
                $"route add {peer.Subnet.IPv4.Network} via {gateway} dev flannel.1 onlink");
        }
    }
}
