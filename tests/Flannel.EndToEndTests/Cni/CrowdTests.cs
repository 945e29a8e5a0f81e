using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>A node that starts: all its containers are attached at the same time, and on the way down all are detached.</summary>
public sealed class CrowdTests : IAsyncLifetime
{
    private const int Crowd = 50;
    private const string Subnet = "FLANNEL_NETWORK=10.9.0.0/16\nFLANNEL_SUBNET=10.9.7.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";

    private TestNetwork _network = null!;
    private PluginHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _network = await TestNetwork.CreateAsync(1);
        _host = PluginHost.WithSubnet(_network.Hosts[0], Subnet);
    }

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        _network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Fifty_containers_attached_at_once_have_an_address_each_and_answer_and_detached_at_once_leave_nothing()
    {
        var runtime = _host.NewRuntime(CniPrograms.Native);
        var pods = Enumerable.Range(0, Crowd).Select(number => _host.AddPod($"pod{number}")).ToList();

        await Task.WhenAll(pods.Select(pod => runtime.AddAsync(pod)));

        Assert.Equal(Crowd, pods.Select(pod => pod.Address).Distinct().Count());
        Assert.Equal(Crowd, _host.Reservations.Count);
        await Eventually.BecomesAsync(
            async () => string.Join(' ', (await Task.WhenAll(pods.Select(async pod => await Ping.ReachesAsync(_host.Host, pod.Address) ? "" : pod.Name))).Where(name => name.Length > 0)),
            silent => silent.Length == 0);

        await Task.WhenAll(pods.Select(pod => runtime.DeleteAsync(pod)));

        Assert.Equal("", await _host.FindTracesAsync());
    }
}
