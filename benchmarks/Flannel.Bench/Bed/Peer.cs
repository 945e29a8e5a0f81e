using System.Globalization;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Bench.Bed;

/// <summary>
/// One of many hosts that exist in etcd alone: subnet 10.100.0.0/24 and up, public address in 172.20.0.0/16. Their keys have a prefix that our own lease, cut from the
/// begin of 10.0.0.0/8, does not have.
/// </summary>
internal sealed record Peer(int Number)
{
    public const int SubnetLength = 24;

    /// <summary>The host itself: the address of <c>eth0</c> on the segment of all peers.</summary>
    public const string OwnAddress = "172.20.0.1";

    public const string KeyPrefix = "/coreos.com/network/subnets/10.1";

    private static readonly Cidr All = Cidr.Parse("10.96.0.0/11");

    public string Base => $"10.{100 + Number / 256}.{Number % 256}.0";

    public string Subnet => $"{Base}/{SubnetLength}";

    public string PublicIP => $"172.20.{1 + Number / 250}.{1 + Number % 250}";

    public string Mac => $"02:00:00:00:{Number / 256:x2}:{Number % 256:x2}";

    public string Key => $"/coreos.com/network/subnets/{Base}-{SubnetLength}";

    /// <summary>The peer whose <see cref="Key"/> this is.</summary>
    public static Peer Of(string key)
    {
        var parts = key[(key.LastIndexOf('/') + 1)..].Split('.');
        return new Peer(((int.Parse(parts[1], CultureInfo.InvariantCulture) - 100) * 256) + int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public static bool IsPeerSubnet(Cidr subnet) => subnet.PrefixLength == SubnetLength && All.Contains(subnet);

    /// <summary>The value under the key, as the original writes it.</summary>
    public string Value(string backend) => backend == "vxlan"
        ? $$$"""{"PublicIP":"{{{PublicIP}}}","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"{{{Mac}}}"}}"""
        : $$"""{"PublicIP":"{{PublicIP}}","PublicIPv6":null,"BackendType":"{{backend}}"}""";

    /// <summary>
    /// Lines for <c>ip -batch</c> that install what this peer needs. The routes carry the daemon's protocol number: to add one, the kernel searches all that are alike
    /// in it, device, scope and metric one by one (fib_find_info), so that number decides what one more route costs.
    /// </summary>
    public IEnumerable<string> Additions(string backend) => backend == "vxlan"
        ? [$"neigh replace {Base} lladdr {Mac} dev flannel.1 nud permanent", $"route replace {Subnet} via {Base} dev flannel.1 onlink proto {RouteProtocol.Flannel}"]
        : [$"route replace {Subnet} via {PublicIP} dev eth0 proto {RouteProtocol.Flannel}"];

    /// <summary>The line for <c>bridge -batch</c>; vxlan only.</summary>
    public string Forwarding => $"fdb replace {Mac} dev flannel.1 dst {PublicIP} self permanent";
}
