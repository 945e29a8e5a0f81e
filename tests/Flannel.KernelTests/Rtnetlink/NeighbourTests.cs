using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class NeighbourTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");
    private static readonly MacAddress s_otherMac = MacAddress.Parse("5e:02:00:00:00:02");

    [Theory]
    [InlineData("10.5.1.0")]
    [InlineData("fd00:5:1::")]
    public async Task A_neighbour_is_added_replaced_and_deleted(string address)
    {
        using var host = new KernelHost();
        var neighbour = new Neighbour(host.AddVxlan(), IPAddress.Parse(address), s_mac);

        host.Do(RequestVerb.Add, neighbour);
        host.Do(RequestVerb.Replace, neighbour with { Mac = s_otherMac });

        Assert.Equal($"{address} lladdr {s_otherMac} PERMANENT", (await host.RunAsync("ip neigh show dev flannel.1")).Trim());
        Assert.Contains(neighbour with { Mac = s_otherMac }, host.Netlink.ListNeighbours(neighbour.LinkIndex));

        host.Do(RequestVerb.Delete, neighbour);
        Assert.Empty(await host.RunAsync("ip neigh show dev flannel.1"));
    }

    [Fact]
    public async Task Only_neighbours_of_the_asked_device_are_listed()
    {
        using var host = new KernelHost();
        var (v0, v1) = (await host.AddVethAsync("v0"), await host.AddVethAsync("v1"));
        await host.RunAsync($"ip neigh add 10.0.0.1 lladdr {s_mac} dev v0 nud permanent");
        await host.RunAsync($"ip neigh add 10.0.0.2 lladdr {s_otherMac} dev v1 nud reachable");

        var visible = host.Netlink.ListNeighbours(v1).Where(neighbour => neighbour.State != NeighbourState.NUD_NOARP);

        Assert.Equal([new Neighbour(v1, IPAddress.Parse("10.0.0.2"), s_otherMac, NeighbourState.NUD_REACHABLE)], visible);
        Assert.All(host.Netlink.ListNeighbours(v0), neighbour => Assert.Equal(v0, neighbour.LinkIndex));
    }

    [Theory]
    [InlineData("192.0.2.9")]
    [InlineData("2001:db8::9")]
    public async Task A_forwarding_entry_is_added_and_deleted(string remote)
    {
        using var host = new KernelHost();
        var local = remote.Contains(':', StringComparison.Ordinal) ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        host.Do(RequestVerb.Add, new Link { Name = "x0", Kind = "vxlan", IsUp = true, Vxlan = new VxlanAttributes { Vni = 2, Local = local } });
        var entry = new FdbEntry(host.Netlink.GetLink("x0")!.Index, s_mac, IPAddress.Parse(remote));

        host.Do(RequestVerb.Add, entry);

        Assert.Equal($"{s_mac} dst {remote} self permanent", (await host.RunAsync("bridge fdb show dev x0")).Trim());
        Assert.Equal([entry], host.Netlink.ListFdb(entry.LinkIndex));
        host.Do(RequestVerb.Delete, entry);
        Assert.Empty(host.Netlink.ListFdb(entry.LinkIndex));
    }

    [Fact]
    public async Task A_replaced_forwarding_entry_has_the_new_remote_only()
    {
        using var host = new KernelHost();
        var entry = new FdbEntry(host.AddVxlan(), s_mac, IPAddress.Parse("192.0.2.1"));
        host.Do(RequestVerb.Replace, entry);

        host.Do(RequestVerb.Replace, entry with { Remote = IPAddress.Parse("192.0.2.2") });

        Assert.Equal($"{s_mac} dst 192.0.2.2 self permanent", (await host.RunAsync("bridge fdb show dev flannel.1")).Trim());
    }

    [Fact]
    public async Task Forwarding_entries_of_other_devices_are_not_listed()
    {
        using var host = new KernelHost();
        var first = host.AddVxlan();
        host.Do(RequestVerb.Add, new Link { Name = "x1", Kind = "vxlan", Vxlan = new VxlanAttributes { Vni = 2, Port = 8472 } });
        await host.RunAsync("bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.1");
        await host.RunAsync("bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst 192.0.2.3");
        await host.RunAsync($"bridge fdb add {s_otherMac} dev x1 dst 192.0.2.2");

        var remotes = host.Netlink.ListFdb(first);

        Assert.All(remotes, entry => Assert.Equal((first, default), (entry.LinkIndex, entry.Mac)));
        Assert.Equal(["192.0.2.1", "192.0.2.3"], remotes.Select(entry => entry.Remote!.ToString()).Order());
    }
}
