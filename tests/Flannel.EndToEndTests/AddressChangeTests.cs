using System.Net;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>A host gets another address while its only way to etcd was a connection from the old one.</summary>
[Trait("case", "T")]
public sealed class AddressChangeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("vxlan")]
    [InlineData("host-gw")]
    public async Task Peers_have_the_new_address_within_two_seconds_under_traffic_and_the_watch_goes_on(string backend)
    {
        var config = $$"""{ "Network": "10.5.0.0/16", "Backend": { "Type": "{{backend}}" } }""";
        await using var fabric = await EtcdFabric.StartAsync(await TestNetwork.CreateAsync(2), config);
        var (moving, staying) = (fabric.Daemons[0], fabric.Daemons[1]);
        await Ping.AllReachAllAsync(fabric.Pods);
        await using var traffic = ContinuousPing.Start(fabric.Pods[1], fabric.Pods[0].Address);
        await traffic.FlowAsync();

        await moving.Host.MoveAsync(IPAddress.Parse("172.30.0.99"));

        await PeerObjects.BecomeAsync(staying, backend, [moving], Soon);
        await traffic.FlowAsync();
        var joins = fabric.Launch(await fabric.Network.AddHostAsync());
        await fabric.AddPodAsync(joins);
        await PeerObjects.BecomeAsync(moving, backend, [staying, joins], Soon);
        await Ping.AllReachAllAsync(fabric.Pods);
        Assert.DoesNotContain(moving.Lines, line => line.Contains("etcd is away", StringComparison.Ordinal));
    }
}
