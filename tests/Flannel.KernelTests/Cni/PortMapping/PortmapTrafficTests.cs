using System.Net;
using System.Net.Sockets;
using System.Text;
using Flannel.Cni;
using Flannel.Cni.PortMapping;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.PortMapping;

/// <summary>Packets through mapped ports: from another host, from the host itself, from the pod to itself.</summary>
public sealed class PortmapTrafficTests : IAsyncLifetime
{
    private const int HostPort = 18080;
    private const int PodPort = 8080;

    private static readonly PodSubnet Subnet = new(Cidr.Parse("10.5.7.1/24"), Cidr.Parse("fd05:7::1/64"), 1500);

    private TestNetwork _network = null!;
    private Pod _pod = null!;

    private TestHost Host => _network.Hosts[0];

    private TestHost Client => _network.Hosts[1];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Backends => new() { { "iptables", "-nft" }, { "iptables", "-legacy" }, { "nftables", "-nft" } };

    public async ValueTask InitializeAsync()
    {
        _network = await TestNetwork.CreateAsync(hosts: 2);
        _pod = await _network.AddPodAsync(Host, Subnet);

        // The bridge plugin's hairpinMode: a packet may leave by the port it came in.
        await Host.RunAsync("bridge link set dev pod1 hairpin on");
    }

    public ValueTask DisposeAsync()
    {
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_mapped_port_is_reached_from_outside_from_the_host_and_from_the_pod_itself(string backend, string variant)
    {
        Call("ADD", variant, $"\"backend\":\"{backend}\",{Ports("tcp")}");
        using var server = Listen(_pod);

        // From outside the pod sees who it is; what would not find its way back comes from the host.
        Assert.Equal(Client.Address, await ConnectAsync(Client, Host.Address, server));
        Assert.Equal(Client.AddressV6, await ConnectAsync(Client, Host.AddressV6, server));
        Assert.Equal(Subnet.IPv4.Address, await ConnectAsync(Host, IPAddress.Loopback, server));
        Assert.Equal(Host.Address, await ConnectAsync(Host, Host.Address, server));
        Assert.Equal(Subnet.IPv4.Address, await ConnectAsync(_pod, Host.Address, server));
        Assert.Equal(Subnet.IPv6.Address, await ConnectAsync(_pod, Host.AddressV6, server));

        Call("DEL", variant, $"\"backend\":\"{backend}\",{Ports("tcp")}");
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(Client, Host.Address, server));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task With_masqAll_every_connection_comes_from_the_host(string backend, string variant)
    {
        Call("ADD", variant, $"\"backend\":\"{backend}\",\"masqAll\":true,{Ports("tcp")}");
        using var server = Listen(_pod);

        Assert.Equal(Subnet.IPv4.Address, await ConnectAsync(Client, Host.Address, server));
        Assert.Equal(Subnet.IPv6.Address, await ConnectAsync(Client, Host.AddressV6, server));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public async Task A_stream_of_datagrams_that_began_before_the_mapping_follows_it_at_once(string backend, string variant)
    {
        // Some rule has to make the kernel track connections before; a pod that was there earlier is one.
        Call("ADD", variant, $"\"backend\":\"{backend}\",{Ports("udp", 18081)}", "earlier");
        using var server = _pod.Netns.Run(() => new UdpClient(new IPEndPoint(IPAddress.Any, PodPort)));
        using var client = Client.Netns.Run(() => new UdpClient(new IPEndPoint(IPAddress.Any, 0)));
        using var unmapped = Host.Netns.Run(() => new UdpClient(new IPEndPoint(IPAddress.Any, HostPort)));
        var target = new IPEndPoint(Host.Address, HostPort);

        await client.SendAsync(Encoding.ASCII.GetBytes("before"), target, Token);
        Assert.Equal("before", Text(await unmapped.ReceiveAsync(Token).AsTask().WaitAsync(Eventually.DefaultDeadline, Token)));

        Call("ADD", variant, $"\"backend\":\"{backend}\",{Ports("udp")}");
        await client.SendAsync(Encoding.ASCII.GetBytes("after"), target, Token);
        Assert.Equal("after", Text(await server.ReceiveAsync(Token).AsTask().WaitAsync(Eventually.DefaultDeadline, Token)));

        static string Text(UdpReceiveResult datagram) => Encoding.ASCII.GetString(datagram.Buffer);
    }

    private static string Ports(string protocol, int hostPort = HostPort) =>
        $$""" "runtimeConfig":{"portMappings":[{"hostPort":{{hostPort}},"containerPort":{{PodPort}},"protocol":"{{protocol}}"}]} """;

    private static Socket Listen(Node node) => node.Netns.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, PodPort));
        socket.Listen();
        return socket;
    });

    /// <summary>Connects to the mapped port and returns the address that the server sees.</summary>
    private static async Task<IPAddress> ConnectAsync(Node from, IPAddress host, Socket server)
    {
        using var client = from.Netns.Run(() => new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(new IPEndPoint(host, HostPort), Token).AsTask().WaitAsync(Eventually.DefaultDeadline, Token);
        using var accepted = await server.AcceptAsync(Token).AsTask().WaitAsync(Eventually.DefaultDeadline, Token);
        var seen = ((IPEndPoint)accepted.RemoteEndPoint!).Address;
        return seen.IsIPv4MappedToIPv6 ? seen.MapToIPv4() : seen;
    }

    private void Call(string command, string variant, string members, string containerId = "abc123")
    {
        var config = $$"""
            {"cniVersion":"1.0.0","name":"cbr0","type":"portmap",{{members}},"prevResult":{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"x"}],
             "ips":[{"interface":0,"address":"{{_pod.Address}}/24"},{"interface":0,"address":"{{_pod.AddressV6}}/64"}]} }
            """;
        var call = new CniCall { Command = CniCommand.Add, ContainerId = containerId, IfName = "eth0", Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(config)) };
        Host.Netns.Run(() =>
        {
            if (command == "ADD")
            {
                new PortmapPlugin(variant).Add(call);
            }
            else
            {
                new PortmapPlugin(variant).Delete(call);
            }
        });
    }
}
