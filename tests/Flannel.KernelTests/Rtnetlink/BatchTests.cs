using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class BatchTests
{
    [Fact]
    public async Task Refusals_in_the_middle_of_thousands_meet_the_right_requests()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24");
        var requests = Enumerable.Range(0, 5000).Select(i => new RtnetlinkRequest(RequestVerb.Add, Numbered(i, index, IsBad(i)))).ToList();
        var results = new NetlinkException?[requests.Count];

        host.Netlink.Execute(requests, results);

        Assert.All(Enumerable.Range(0, requests.Count), i => Assert.Equal(IsBad(i), results[i] is not null));
        Assert.All(
            results.OfType<NetlinkException>(), refusal => Assert.Equal((Errnos.ENETUNREACH, "Nexthop has invalid gateway"), (refusal.Errno, refusal.KernelText)));
        Assert.Equal("ip route add 10.1.1.77/32 via 203.0.113.1 dev v0 proto 102", results[333]!.Operation);
        var installed = host.Netlink.ListRoutes(AddressFamily.InterNetwork)
            .Where(route => route.Protocol == RouteProtocol.Flannel)
            .Select(route => route.Destination);
        Assert.Equal(Enumerable.Range(0, 5000).Where(i => !IsBad(i)).Select(i => Numbered(i, index, false).Destination), installed.Order());
        Assert.Equal(5000 - results.Count(result => result is not null), (await host.RunAsync("ip route show proto 102")).Split('\n').Length - 1);

        static bool IsBad(int i) => i % 37 == 0;
    }

    [Fact]
    public void Thousands_of_refusals_all_arrive()
    {
        using var host = new KernelHost();
        var requests = Enumerable.Range(0, 5000).Select(i => new RtnetlinkRequest(RequestVerb.Delete, Numbered(i, 1, false))).ToList();
        var results = new NetlinkException?[requests.Count];

        host.Netlink.Execute(requests, results);

        Assert.All(results, refusal => Assert.Contains(refusal!.Errno, new[] { Errnos.ESRCH, Errnos.ENETUNREACH }));
        Assert.Equal("ip route delete 10.1.19.135/32 via 10.0.0.2 dev if1 proto 102", results[^1]!.Operation);
    }

    [Fact]
    public void Kinds_are_mixed_and_old_results_are_overwritten()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();
        var mac = MacAddress.Parse("5e:02:00:00:00:01");
        RtnetlinkRequest[] requests =
        [
            new(RequestVerb.Add, new InterfaceAddress(index, Cidr.Parse("10.5.0.0/32"))),
            new(RequestVerb.Set, new LinkChange { Index = index, Mtu = 1300 }),
            new(RequestVerb.Add, new FdbEntry(index, mac, IPAddress.Parse("192.0.2.1"))),
            new(RequestVerb.Add, new Neighbour(index, IPAddress.Parse("10.5.1.0"), mac)),
            new(
                RequestVerb.Add,
                new Route { Destination = Cidr.Parse("10.5.1.0/24"), Gateway = IPAddress.Parse("10.5.1.0"), LinkIndex = index, OnLink = true }),
            new(RequestVerb.Delete, new Link { Name = "none" }),
        ];
        var results = Enumerable.Repeat<NetlinkException?>(new NetlinkException("old", 1, null), requests.Length).ToArray();

        host.Netlink.Execute(requests, results);

        Assert.Equal([0, 0, 0, 0, 0, Errnos.ENODEV], results.Select(result => result?.Errno ?? 0));
    }

    [Fact]
    public void A_request_that_makes_no_sense_is_the_callers_fault()
    {
        using var host = new KernelHost();

        Assert.Throws<ArgumentException>(() => host.Do(RequestVerb.Set, new Link { Name = "lo" }));
        Assert.Throws<ArgumentException>(() => host.Do(RequestVerb.Add, "lo"));
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Netlink.Execute([default], []));
    }

    [Fact]
    public async Task A_list_taken_while_others_change_the_table_is_whole()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0", "10.0.0.1/24");
        var stable = Enumerable.Range(0, 2000).Select(i => Numbered(i, index, false)).ToList();
        host.Netlink.Execute([.. stable.Select(route => new RtnetlinkRequest(RequestVerb.Add, route))], new NetlinkException?[stable.Count]);
        using var other = host.Run(() => new RtnetlinkSocket());
        using var stop = new CancellationTokenSource();
        var disturber = new Thread(() =>
        {
            for (var i = 2000; !stop.IsCancellationRequested; i = 2000 + (i + 1) % 1000)
            {
                other.Execute(new RtnetlinkRequest(RequestVerb.Replace, Numbered(i, index, false)));
                other.Execute(new RtnetlinkRequest(RequestVerb.Delete, Numbered(i, index, false)));
            }
        });
        disturber.Start();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var listed = host.Netlink.ListRoutes(AddressFamily.InterNetwork).Select(route => route.Destination).ToHashSet();
                Assert.All(stable, route => Assert.Contains(route.Destination, listed));
            }
        }
        finally
        {
            await stop.CancelAsync();
            disturber.Join();
        }
    }

    private static Route Numbered(int number, int index, bool isBad) => new()
    {
        Destination = Cidr.Parse("10.1.0.0/32").Offset((UInt128)number),
        Gateway = IPAddress.Parse(isBad ? "203.0.113.1" : "10.0.0.2"),
        LinkIndex = index,
    };
}
