using System.Net;
using Flannel.Backends;
using Flannel.KernelTests.Reconcile;
using Flannel.KernelTests.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests;

public sealed class PathCheckTests : IAsyncLifetime
{
    private readonly KernelHost _host = new();
    private readonly LineLogger _log = new();
    private PathCheck? _paths;

    public async ValueTask InitializeAsync()
    {
        _paths = new PathCheck(_host.Netlink, _log);
        await _host.AddVethAsync("v0", "10.0.0.1/24", "2001:db8::1/64");
        await _host.RunAsync("ip link set v0 mtu 1500");
    }

    [Fact]
    public void A_way_that_carries_our_packets_is_no_word_worth()
    {
        _paths!.Look([Demand("10.0.0.7"), Demand("2001:db8::7"), Demand("198.51.100.7")]);

        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_narrow_route_is_told_with_the_remedy_and_once()
    {
        await _host.RunAsync("ip route add 10.0.0.7 dev v0 mtu 1400");
        await _host.RunAsync("ip route add 10.0.0.8 dev v0 mtu 1300");

        _paths!.Look([Demand("10.0.0.7"), Demand("10.0.0.8"), Demand("10.0.0.9")]);
        _paths.Look([Demand("10.0.0.7"), Demand("10.0.0.8")]);

        var line = Assert.Single(_log.Lines);
        Assert.Contains("the way to the peer 10.0.0.8 takes packets of 1300 bytes, ours have up to 1500 (1 more peers", line, StringComparison.Ordinal);
        Assert.Contains("\"MTU\": 1300 ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_narrower_way_is_told_too_and_a_wider_one_not()
    {
        await _host.RunAsync("ip route add 10.0.0.7 dev v0 mtu 1400");
        await _host.RunAsync("ip route add 10.0.0.8 dev v0 mtu 1300");
        await _host.RunAsync("ip route add 10.0.0.9 dev v0 mtu 1450");

        _paths!.Look([Demand("10.0.0.7")]);
        _paths.Look([Demand("10.0.0.9")]);
        _paths.Look([Demand("10.0.0.8")]);

        Assert.Equal([1400, 1300], _log.Lines.Select(line => line.Contains("takes packets of 1400", StringComparison.Ordinal) ? 1400 : 1300));
    }

    [Fact]
    public async Task A_narrower_device_counts_and_over_IPv6_the_longer_header()
    {
        await _host.RunAsync("ip link set v0 mtu 1420");

        _paths!.Look([Demand("2001:db8::7") with { Excess = 20 }]);

        Assert.Contains("takes packets of 1420 bytes", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains("\"MTU\": 1400 ", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        return ValueTask.CompletedTask;
    }

    private static PathDemand Demand(string peer) => new(IPAddress.Parse(peer), 1500, 0);
}
