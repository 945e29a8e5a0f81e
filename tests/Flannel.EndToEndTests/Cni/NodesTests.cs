using System.Net;
using System.Net.Sockets;
using System.Text;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>Two nodes with a daemon each and a third host without: pods attached by the plugins, as the daemons' subnet files have it.</summary>
public sealed class NodesTests
{
    private const int HostPort = 8080;
    private const int PodPort = 80;

    [Theory]
    [InlineData("vxlan", Families.IPv4)]
    [InlineData("vxlan", Families.Both)]
    [InlineData("vxlan", Families.IPv6)]
    [InlineData("host-gw", Families.Both)]
    public async Task Pods_of_two_nodes_reach_each_other_and_a_third_host_reaches_their_ports(string backend, Families families)
    {
        await using var nodes = await Nodes.StartAsync(new FabricShape(backend, families).Config);
        var pods = new List<PodSandbox>();
        foreach (var host in nodes.Hosts)
        {
            var runtime = host.NewRuntime(CniPrograms.Native);
            pods.Add(host.AddPod($"{host.Host.Name}-a"));
            pods.Add(host.AddPod($"{host.Host.Name}-b"));
            await runtime.AddAsync(pods[^2], PluginHost.Port);
            await runtime.AddAsync(pods[^1]);
        }

        Assert.All(pods, pod => Assert.Equal(families == Families.Both ? 2 : 1, pod.Addresses.Count));
        await Ping.AllReachAllAsync(pods);
        foreach (var (host, pod) in nodes.Hosts.Zip([pods[0], pods[2]]))
        {
            foreach (var address in pod.Addresses.Select(address => address.AddressFamily == AddressFamily.InterNetwork ? host.Host.Address : host.Host.AddressV6))
            {
                Assert.Equal(pod.Name, await AskAsync(nodes.Outsider, address, pod));
            }
        }

        foreach (var host in nodes.Hosts)
        {
            var runtime = host.NewRuntime(CniPrograms.Native);
            foreach (var pod in pods.Where(pod => pod.Host == host.Host))
            {
                await runtime.DeleteAsync(pod);
            }

            Assert.Equal("", await host.FindTracesAsync());
        }
    }

    /// <summary>What the pod answers who connects to the host's port.</summary>
    private static async Task<string> AskAsync(Node from, IPAddress host, PodSandbox pod)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var server = pod.Netns.Run(() => new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        server.Bind(new IPEndPoint(host.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, PodPort));
        server.Listen(1);
        using var client = from.Netns.Run(() => new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(new IPEndPoint(host, HostPort), cancellationToken);
        using var connection = await server.AcceptAsync(cancellationToken);
        await connection.SendAsync(Encoding.ASCII.GetBytes(pod.Name), cancellationToken);
        connection.Shutdown(SocketShutdown.Send);
        using var answer = new StreamReader(new NetworkStream(client));
        return await answer.ReadToEndAsync(cancellationToken);
    }

    private sealed class Nodes : IAsyncDisposable
    {
        private readonly string _store = Scratch.NewFolder("store");
        private readonly List<Flanneld> _daemons = [];
        private readonly List<PluginHost> _hosts = [];
        private readonly TestNetwork _network;

        private Nodes(TestNetwork network) => _network = network;

        public IReadOnlyList<PluginHost> Hosts => _hosts;

        public TestHost Outsider => _network.Hosts[2];

        public static async Task<Nodes> StartAsync(string config)
        {
            var nodes = new Nodes(await TestNetwork.CreateAsync(3));
            await File.WriteAllTextAsync(Path.Combine(nodes._store, "config"), config);
            foreach (var host in nodes._network.Hosts.Take(2))
            {
                var daemon = Flanneld.Start(host, "--store-dir", nodes._store, "--iface", "eth0", "--ip-masq");
                nodes._daemons.Add(daemon);
                nodes._hosts.Add(new PluginHost(host, daemon.SubnetFile));
                await daemon.WaitUntilReadyAsync();
            }

            return nodes;
        }

        public async ValueTask DisposeAsync()
        {
            _hosts.ForEach(host => host.Dispose());
            foreach (var daemon in _daemons)
            {
                await daemon.DisposeAsync();
            }

            _network.Dispose();
            Directory.Delete(_store, recursive: true);
        }
    }
}
