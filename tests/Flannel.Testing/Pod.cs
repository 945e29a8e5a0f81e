using Flannel.Linux;

namespace Flannel.Testing;

/// <summary>A container of a host: a namespace behind the host's bridge <c>cni0</c>, wired as the bridge plugin does it.</summary>
public sealed class Pod : Node
{
    private readonly string _port;

    private Pod(TestHost host, int number)
        : base($"{host.Name}-pod{number}") => (Host, _port) = (host, $"pod{number}");

    public TestHost Host { get; }

    /// <summary>Makes <c>cni0</c> where the host has none, and a pod with the address <paramref name="number"/> after the bridge's.</summary>
    public static async Task<Pod> StartAsync(TestHost host, PodSubnet subnet, int number = 1)
    {
        var pod = new Pod(host, number);
        try
        {
            await pod.AttachAsync(subnet, number);
        }
        catch
        {
            pod.Dispose();
            throw;
        }

        return pod;
    }

    /// <summary>Gives both ends of the pod's cable another MTU than the subnet file asked for; the bridge follows.</summary>
    public async Task SetMtuAsync(int mtu)
    {
        await Host.ConfigureAsync($"link set {_port} mtu {mtu}");
        await ConfigureAsync($"link set eth0 mtu {mtu}");
    }

    private async Task AttachAsync(PodSubnet subnet, int number)
    {
        if ((await Host.TryRunAsync("ip link show cni0")).ExitCode != 0)
        {
            await Host.ConfigureAsync(
                ["link add cni0 type bridge", "link set cni0 up", .. subnet.Bridge.Select(address => $"addr add {address} dev cni0{NoDad(address)}")]);
        }

        await Host.ConfigureAsync(
            $"link add {_port} mtu {subnet.Mtu} type veth peer name eth0 mtu {subnet.Mtu} netns {Netns.Path}",
            $"link set {_port} master cni0 up");
        Addresses = [.. subnet.AddressesOf(number).Select(address => address.Address)];
        await ConfigureAsync(
            [
                "link set lo up",
                "link set eth0 up",
                .. subnet.AddressesOf(number).Select(address => $"addr add {address} dev eth0{NoDad(address)}"),
                .. subnet.Bridge.Select(bridge => $"route add default via {bridge.Address}"),
            ]);
        await Host.WaitUntilForwardingAsync(_port);
        await WaitUntilUpAsync("eth0");
    }

    private static string NoDad(Cidr address) => address.IsIPv6 ? " nodad" : "";
}
