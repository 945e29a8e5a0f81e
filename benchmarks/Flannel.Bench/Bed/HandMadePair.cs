using Flannel.Linux;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>Makes by hand, between two bare hosts, what flannel makes: the subnets are those that the daemons had.</summary>
internal sealed class HandMadePair(Flanneld first, Flanneld second, string backend)
{
    private readonly IReadOnlyList<Side> _sides = [new(first.Host, first.Subnet.IPv4.Network), new(second.Host, second.Subnet.IPv4.Network)];

    public async Task ConnectAsync()
    {
        await ConnectAsync(_sides[0], _sides[1]);
        await ConnectAsync(_sides[1], _sides[0]);
    }

    public async Task DisconnectAsync()
    {
        await DisconnectAsync(_sides[0], _sides[1]);
        await DisconnectAsync(_sides[1], _sides[0]);
    }

    private async Task ConnectAsync(Side own, Side peer)
    {
        if (backend != "vxlan")
        {
            await own.Host.ConfigureAsync($"route add {peer.Pods} via {peer.Host.Address} dev eth0");
            return;
        }

        await own.Host.ConfigureAsync(
            [
                .. HandMade.Device($"{own.Host.Address}"),
                $"link set flannel.1 address {own.Mac}",
                $"address add {own.Pods.Address}/32 dev flannel.1",
                $"neigh add {peer.Pods.Address} lladdr {peer.Mac} dev flannel.1 nud permanent",
                $"route add {peer.Pods} via {peer.Pods.Address} dev flannel.1 onlink",
            ]);
        await own.Host.RunAsync($"bridge fdb add {peer.Mac} dev flannel.1 dst {peer.Host.Address} self permanent");
    }

    private Task DisconnectAsync(Side own, Side peer) =>
        own.Host.ConfigureAsync(backend == "vxlan" ? "link del flannel.1" : $"route del {peer.Pods}");

    private sealed record Side(TestHost Host, Cidr Pods)
    {
        public string Mac => $"02:00:00:00:00:{Host.Number:x2}";
    }
}
