using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class NotificationTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_ip_and_bridge_do_is_reported_for_each_kind()
    {
        using var host = new KernelHost();
        using var notifications = host.Run(() => new RtnetlinkNotifications());

        await host.RunAsync("ip link add x0 type vxlan id 1 dstport 8472");
        await host.RunAsync("ip link set x0 mtu 1300 up");
        var index = host.Netlink.GetLink("x0")!.Index;
        Assert.Contains(Drain(notifications), change => change is { Deleted: false, Target: Link { Name: "x0", Mtu: 1300, IsUp: true, Vxlan.Vni: 1 } });

        await AssertAddedAndDeletedAsync("ip address {0} 10.5.0.0/32 dev x0", new InterfaceAddress(index, Cidr.Parse("10.5.0.0/32")));
        await host.RunAsync("ip address add 10.5.0.0/32 dev x0");
        await AssertAddedAndDeletedAsync(
            "ip route {0} 10.5.1.0/24 via 10.5.1.0 dev x0 onlink proto 102",
            new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.5.1.0"), LinkIndex = index, OnLink = true });
        await AssertAddedAndDeletedAsync(
            "ip route {0} fd00:5:1::/64 dev x0 metric 7 proto 102", new Route { Destination = Cidr.Parse("fd00:5:1::/64"), LinkIndex = index, Metric = 7 });
        await AssertAddedAndDeletedAsync($"ip neigh {{0}} 10.5.1.0 lladdr {s_mac} dev x0", new Neighbour(index, IPAddress.Parse("10.5.1.0"), s_mac));
        await AssertAddedAndDeletedAsync(
            $"bridge fdb {{0}} {s_mac} dev x0 dst 192.0.2.1",
            new FdbEntry(index, s_mac, IPAddress.Parse("192.0.2.1"), NeighbourState.NUD_PERMANENT | NeighbourState.NUD_NOARP));

        await host.RunAsync("ip link delete x0");
        Assert.Contains(Drain(notifications), change => change is { Deleted: true, Target: Link { Name: "x0" } });

        async Task AssertAddedAndDeletedAsync(string line, object target)
        {
            await host.RunAsync(string.Format(line, "add"));
            Assert.Contains(new RtnetlinkEvent(false, false, target), Drain(notifications));
            await host.RunAsync(string.Format(line, "del"));
            Assert.Contains(Drain(notifications), change => change.Deleted && SameKey(change.Target, target));
        }
    }

    [Fact]
    public async Task A_replaced_route_is_told_apart_from_a_new_one()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24");
        using var notifications = host.Run(() => new RtnetlinkNotifications());
        var route = new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.0.0.2"), LinkIndex = index };

        host.Do(RequestVerb.Replace, route);
        host.Do(RequestVerb.Replace, route with { Gateway = IPAddress.Parse("10.0.0.3") });

        // They are there when the request returns.
        Assert.Equal(
            [new RtnetlinkEvent(false, false, route), new RtnetlinkEvent(false, true, route with { Gateway = IPAddress.Parse("10.0.0.3") })],
            Drain(notifications).Where(change => change.Target is Route));
    }

    [Fact]
    public async Task Only_routes_of_the_main_table_are_reported()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0", "10.0.0.1/24");
        using var notifications = host.Run(() => new RtnetlinkNotifications());

        await host.RunAsync("ip route add 10.7.0.0/16 dev v0 table 100");
        await host.RunAsync("ip address add 10.0.9.1/24 dev v0");

        Assert.All(Drain(notifications).Select(change => change.Target).OfType<Route>(), route => Assert.Equal("10.0.9.0/24", route.Destination.ToString()));
    }

    [Fact]
    public async Task A_port_that_leaves_its_bridge_is_not_reported_as_deleted()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0");
        await host.RunAsync("ip link add cni0 type bridge");
        await host.RunAsync("ip link set v0 master cni0");
        using var notifications = host.Run(() => new RtnetlinkNotifications());

        await host.RunAsync("ip link set v0 nomaster");

        var changes = Drain(notifications).Where(change => change.Target is Link link && link.Index == index).ToList();
        Assert.NotEmpty(changes);
        Assert.All(changes, change => Assert.False(change.Deleted));
    }

    [Fact]
    public async Task Waiting_ends_with_a_change_and_consumes_nothing()
    {
        using var host = new KernelHost();
        using var notifications = host.Run(() => new RtnetlinkNotifications());
        var waiting = notifications.WaitAsync(Token).AsTask();
        Assert.False(waiting.IsCompleted);

        host.AddVxlan();

        await waiting.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await notifications.WaitAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Contains(Drain(notifications), change => change.Target is Link { Name: "flannel.1" });
        Assert.Empty(Drain(notifications));
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using var host = new KernelHost();
        using var notifications = host.Run(() => new RtnetlinkNotifications());
        using var cancellation = new CancellationTokenSource();
        var waiting = notifications.WaitAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dropped_notifications_are_reported_once(bool waitFirst)
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();
        using var notifications = host.Run(() => new RtnetlinkNotifications(receiveBuffer: 4096));
        for (var i = 0; i < 200; i++)
        {
            host.Do(RequestVerb.Add, new Neighbour(index, IPAddress.Parse($"10.5.{i}.0"), s_mac));
        }

        if (waitFirst)
        {
            await notifications.WaitAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
        }

        Assert.False(notifications.Drain(_ => { }));
        Assert.True(notifications.Drain(_ => { }));
    }

    [Fact]
    public void Thousands_of_notifications_fit_the_queue()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();
        using var notifications = host.Run(() => new RtnetlinkNotifications());
        const int count = 5000;
        RtnetlinkRequest[] requests =
        [
            .. Enumerable.Range(0, count).Select(i =>
                new RtnetlinkRequest(RequestVerb.Add, new Neighbour(index, Cidr.Parse("10.1.0.0/32").Offset((UInt128)i).Address, s_mac))),
        ];

        host.Netlink.Execute(requests, new NetlinkException?[count]);

        Assert.Equal(
            requests.Select(request => new RtnetlinkEvent(false, false, request.Target)),
            Drain(notifications).Where(change => change.Target is Neighbour { State: NeighbourState.NUD_PERMANENT }));
    }

    private static List<RtnetlinkEvent> Drain(RtnetlinkNotifications notifications)
    {
        var changes = new List<RtnetlinkEvent>();
        Assert.True(notifications.Drain(changes.Add));
        return changes;
    }

    // A deleted neighbour is reported in its last state, without its MAC.
    private static bool SameKey(object one, object other) => (one, other) switch
    {
        (Neighbour a, Neighbour b) => (a.LinkIndex, a.Address.ToString()) == (b.LinkIndex, b.Address.ToString()),
        _ => Equals(one, other),
    };
}
