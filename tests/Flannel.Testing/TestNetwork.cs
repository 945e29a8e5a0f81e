namespace Flannel.Testing;

/// <summary>
/// Hosts on a switch, all of them namespaces of this process alone. One segment, or several with a router between them.
/// <code>
///   host1   host2        host3
///     │ eth0  │ eth0       │ eth0        172.30.n.(10 + number)/24, fd30:n::(10 + number)/64
///   ══╧═══════╧══ segment0 ╧═══ segment1
///       .1 └──── router ────┘ .1
/// </code>
/// </summary>
public sealed class TestNetwork : IDisposable
{
    private readonly Switch _switch = new();
    private readonly List<Segment> _segments = [];
    private readonly List<TestHost> _hosts = [];
    private readonly List<IDisposable> _guests = [];

    private TestNetwork()
    {
    }

    public IReadOnlyList<TestHost> Hosts => _hosts;

    /// <summary>Where a server belongs that every host reaches, at <c>172.30.0.1</c> and <c>fd30:0::1</c>.</summary>
    public Switch Switch => _switch;

    /// <summary>Hosts on one segment.</summary>
    public static Task<TestNetwork> CreateAsync(int hosts) => CreateAsync([hosts]);

    /// <summary>As many segments as numbers, with that many hosts on each; hosts are numbered through.</summary>
    public static async Task<TestNetwork> CreateAsync(params IReadOnlyList<int> hostsPerSegment)
    {
        var network = new TestNetwork();
        try
        {
            foreach (var hosts in hostsPerSegment)
            {
                await network.AddSegmentAsync();
                for (var i = 0; i < hosts; i++)
                {
                    await network.AddHostAsync(network._segments.Count - 1);
                }
            }
        }
        catch
        {
            network.Dispose();
            throw;
        }

        return network;
    }

    /// <summary>One more host, on <c>eth0</c>, with the segment's router as its default gateway.</summary>
    public async Task<TestHost> AddHostAsync(int segment = 0)
    {
        var host = new TestHost(_hosts.Count + 1);
        _hosts.Add(host);
        host.Settle(_segments[segment].AddressOf(host), _segments[segment].AddressV6Of(host));
        await PlugAsync(host, segment);
        return host;
    }

    /// <summary>A cable from a host to a segment. <c>eth0</c> also carries the default routes.</summary>
    public async Task PlugAsync(TestHost host, int segment = 0, string device = "eth0")
    {
        await _switch.PlugAsync(_segments[segment], host, device);
        if (device == "eth0")
        {
            await host.ConfigureAsync(
                $"route add default via {_segments[segment].Gateway}",
                $"route add default via {_segments[segment].GatewayV6}");
        }
    }

    /// <summary>Takes the device out of the host, as when a network card is removed.</summary>
    public Task UnplugAsync(TestHost host, string device = "eth0") => _switch.UnplugAsync(host, device);

    /// <summary>The device stays and loses its carrier.</summary>
    public Task CutAsync(TestHost host, string device = "eth0") => _switch.CutAsync(host, device);

    public Task RestoreAsync(TestHost host, string device = "eth0") => _switch.RestoreAsync(host, device);

    /// <summary>A segment without hosts; its number is the next.</summary>
    public async Task AddSegmentAsync()
    {
        var segment = new Segment(_segments.Count);
        await _switch.ConfigureAsync(segment.Commands);
        _segments.Add(segment);
    }

    /// <summary>A pod on the host, in the subnet the host was given, ended with the network.</summary>
    public async Task<Pod> AddPodAsync(TestHost host, PodSubnet subnet, int number = 1)
    {
        var pod = await Pod.StartAsync(host, subnet, number);
        _guests.Add(pod);
        return pod;
    }

    public void Dispose()
    {
        foreach (var node in _guests.Concat(_hosts).Append(_switch))
        {
            node.Dispose();
        }
    }
}
