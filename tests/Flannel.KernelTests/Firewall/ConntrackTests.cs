using System.Net;
using System.Net.Sockets;
using Flannel.KernelTests.Rtnetlink;
using Flannel.Linux.Firewall;
using Xunit;

namespace Flannel.KernelTests.Firewall;

public sealed class ConntrackTests
{
    [Theory]
    [InlineData("127.0.0.1", AddressFamily.InterNetwork)]
    [InlineData("::1", AddressFamily.InterNetworkV6)]
    public async Task Connections_to_one_port_of_one_protocol_are_deleted_and_no_others(string address, AddressFamily family)
    {
        using var host = new KernelHost();
        await TrackAsync(host);
        Send(host, address, 5353, count: 300);
        Send(host, address, 5354, count: 2);
        using var conntrack = host.Run(() => new ConntrackSocket());

        Assert.Equal(0, conntrack.Delete(family, ProtocolType.Tcp, 5353));
        Assert.Equal(0, conntrack.Delete(family == AddressFamily.InterNetwork ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, ProtocolType.Udp, 5353));
        Assert.Equal(300, conntrack.Delete(family, ProtocolType.Udp, 5353));
        Assert.Equal(0, conntrack.Delete(family, ProtocolType.Udp, 5353));
        Assert.Equal(2, conntrack.Delete(family, ProtocolType.Udp, 5354));
    }

    [Fact]
    public async Task A_connection_in_a_zone_is_deleted_too()
    {
        using var host = new KernelHost();
        await TrackAsync(host);
        await host.RunAsync("nft -f -", "table ip zoned { chain output { type filter hook output priority raw; udp dport 5353 ct zone set 7; }; }");
        Send(host, "127.0.0.1", 5353, count: 1);
        using var conntrack = host.Run(() => new ConntrackSocket());

        Assert.True(conntrack.Delete(AddressFamily.InterNetwork, ProtocolType.Udp, 5353) >= 1);
        Assert.Equal(0, conntrack.Delete(AddressFamily.InterNetwork, ProtocolType.Udp, 5353));
    }

    // The kernel tracks connections in namespaces where some rule asks for their state.
    private static async Task TrackAsync(KernelHost host)
    {
        await host.RunAsync("ip link set lo up");
        await host.RunAsync("nft -f -", "table inet tracking { chain output { type filter hook output priority 0; ct state new counter; }; }");
    }

    private static void Send(KernelHost host, string address, int port, int count) => host.Run(() =>
    {
        for (var i = 0; i < count; i++)
        {
            // A port of its own for each: one that is free again would be the same connection.
            using var socket = new UdpClient(20_000 + i, IPAddress.Parse(address).AddressFamily);
            socket.Send([1], 1, new IPEndPoint(IPAddress.Parse(address), port));
        }

        return 0;
    });
}
