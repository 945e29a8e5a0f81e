using System.Globalization;
using System.Net;
using System.Text.Json;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class BridgeTests
{
    [Fact]
    public async Task A_bridge_has_the_options_it_was_given()
    {
        using var host = new KernelHost();

        host.Do(RequestVerb.Add, new Link { Name = "cni0", Kind = "bridge", IsUp = true, IsPromiscuous = true, Mtu = 1450 });

        var link = Assert.Single(await host.ListAsync("ip -j -d link show dev cni0"));
        Assert.Equal(1450, link.GetProperty("mtu").GetInt32());
        Assert.Contains("PROMISC", link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        Assert.True(host.Netlink.GetLink("cni0")!.IsPromiscuous);
        await host.RunAsync("ip link set cni0 promisc off");
        Assert.False(host.Netlink.GetLink("cni0")!.IsPromiscuous);
        host.Do(RequestVerb.Set, new LinkChange { Index = host.Netlink.GetLink("cni0")!.Index, Promiscuous = true });
        Assert.True(host.Netlink.GetLink("cni0")!.IsPromiscuous);
    }

    [Fact]
    public async Task A_bridge_that_keeps_vlans_apart_is_made_so()
    {
        using var host = new KernelHost();
        await SkipWithoutVlansAsync(host);

        host.Do(RequestVerb.Add, new Link { Name = "cni0", Kind = "bridge", Bridge = new() { VlanFiltering = true } });

        var link = Assert.Single(await host.ListAsync("ip -j -d link show dev cni0"));
        Assert.Equal(1, link.GetProperty("linkinfo").GetProperty("info_data").GetProperty("vlan_filtering").GetInt32());
        Assert.Equal(new BridgeAttributes { VlanFiltering = true, DefaultVlan = 1 }, host.Netlink.GetLink("cni0")!.Bridge);
    }

    [Fact]
    public async Task A_bridge_of_ip_is_read_with_its_default_vlan()
    {
        using var host = new KernelHost();
        await SkipWithoutVlansAsync(host);
        await host.RunAsync("ip link add cni0 type bridge vlan_filtering 1 vlan_default_pvid 7");

        Assert.Equal(new BridgeAttributes { VlanFiltering = true, DefaultVlan = 7 }, host.Netlink.GetLink("cni0")!.Bridge);
    }

    [Fact]
    public async Task A_port_gets_its_options_with_its_bridge_in_one_request()
    {
        using var host = new KernelHost();
        await host.RunAsync("ip link add cni0 type bridge");
        var port = await host.AddVethAsync("v0");

        host.Do(RequestVerb.Set, new LinkChange { Index = port, Master = host.Netlink.GetLink("cni0")!.Index });
        host.Do(RequestVerb.Set, new LinkChange { Index = port, Hairpin = true, Isolated = true });

        var link = Assert.Single(await host.ListAsync("bridge -j -d link show dev v0"));
        Assert.True(link.GetProperty("hairpin").GetBoolean());
        Assert.True(link.GetProperty("isolated").GetBoolean());
        host.Do(RequestVerb.Set, new LinkChange { Index = port, Hairpin = false });
        link = Assert.Single(await host.ListAsync("bridge -j -d link show dev v0"));
        Assert.False(link.GetProperty("hairpin").GetBoolean());
        Assert.True(link.GetProperty("isolated").GetBoolean());
    }

    [Fact]
    public async Task A_port_joins_and_leaves_vlans()
    {
        using var host = new KernelHost();
        await SkipWithoutVlansAsync(host);
        await host.RunAsync("ip link add cni0 type bridge vlan_filtering 1");
        var port = await host.AddVethAsync("v0");
        host.Do(RequestVerb.Set, new LinkChange { Index = port, Master = host.Netlink.GetLink("cni0")!.Index });
        Assert.Equal(["1 PVID Egress Untagged"], await VlansAsync(host));

        host.Do(RequestVerb.Delete, new BridgeVlan(port, 1));
        host.Do(RequestVerb.Add, new BridgeVlan(port, 100) { IsPvid = true, IsUntagged = true });
        host.Do(RequestVerb.Add, new BridgeVlan(port, 200, 203));
        host.Do(RequestVerb.Add, new BridgeVlan(port, 300));

        Assert.Equal(["100 PVID Egress Untagged", "200-203", "300"], await VlansAsync(host));
        host.Do(RequestVerb.Delete, new BridgeVlan(port, 200, 202));
        Assert.Equal(["100 PVID Egress Untagged", "203", "300"], await VlansAsync(host));
    }

    [Theory]
    [InlineData(RequestVerb.Add, "bridge vlan add dev if9 vid 100 pvid untagged")]
    [InlineData(RequestVerb.Delete, "bridge vlan delete dev if9 vid 100 pvid untagged")]
    public void A_vlan_reads_as_bridge_takes_it(RequestVerb verb, string line) =>
        Assert.Equal(line, new RtnetlinkRequest(verb, new BridgeVlan(9, 100) { IsPvid = true, IsUntagged = true }).ToString());

    [Fact]
    public async Task A_prepended_route_stands_beside_others_to_the_same_place()
    {
        using var host = new KernelHost();
        var port = await host.AddVethAsync("v0", "192.0.2.1/24");
        var route = new Route { Destination = Cidr.Parse("10.0.0.0/8"), LinkIndex = port, Gateway = IPAddress.Parse("192.0.2.2"), Protocol = RouteProtocol.Boot };

        host.Do(RequestVerb.Add, route);
        host.Do(RequestVerb.Prepend, route with { Gateway = IPAddress.Parse("192.0.2.3") });

        Assert.Equal(
            ["192.0.2.3", "192.0.2.2"],
            (await host.ListAsync("ip -j route show 10.0.0.0/8")).Select(each => each.GetProperty("gateway").GetString()));
        Assert.Equal(Errnos.EEXIST, Assert.Throws<NetlinkException>(() => host.Do(RequestVerb.Prepend, route)).Errno);
    }

    private static async Task SkipWithoutVlansAsync(KernelHost host)
    {
        await host.RunAsync("ip link add probe type bridge");
        Assert.SkipWhen(host.Netlink.GetLink("probe")!.Bridge!.DefaultVlan is null, "needs a kernel with CONFIG_BRIDGE_VLAN_FILTERING");
    }

    private static async Task<List<string>> VlansAsync(KernelHost host) =>
        [.. Assert.Single(await host.ListAsync("bridge -j vlan show dev v0")).GetProperty("vlans").EnumerateArray().Select(Text)];

    private static string Text(JsonElement vlan)
    {
        var id = vlan.GetProperty("vlan").GetInt32().ToString(CultureInfo.InvariantCulture);
        var range = vlan.TryGetProperty("vlanEnd", out var end) ? $"{id}-{end.GetInt32()}" : id;
        return string.Join(' ', [range, .. vlan.TryGetProperty("flags", out var flags) ? flags.EnumerateArray().Select(flag => flag.GetString()!) : []]);
    }
}
