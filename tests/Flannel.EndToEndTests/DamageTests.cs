using System.Net;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>Whatever another program does to what is ours in the kernel, it is as before within a second, and the pods reach each other.</summary>
[Trait("case", "T")]
public sealed class DamageTests
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    private static readonly MacAddress Stranger = MacAddress.Parse("02:00:00:00:00:99");

    [Fact]
    public async Task Damaged_devices_and_entries_of_vxlan_are_whole_again_within_a_second()
    {
        await using var fabric = await StartAsync("vxlan");

        await HealAllAsync(fabric, (damaged, peer) => OfVxlanAsync(damaged, peer, "flannel.1", seen => (seen.Subnet.IPv4, seen.Host.Address)));
        await HealAllAsync(fabric, (damaged, peer) => OfVxlanAsync(damaged, peer, "flannel-v6.1", seen => (seen.Subnet.IPv6, seen.Host.AddressV6)));
    }

    [Fact]
    public async Task Damaged_routes_of_host_gw_are_whole_again_within_a_second()
    {
        await using var fabric = await StartAsync("host-gw");

        await HealAllAsync(fabric, (_, peer) => Task.FromResult<IReadOnlyList<Damage>>(
        [
            Damage.RouteDeleted(peer.Subnet.IPv4.Network),
            Damage.RouteDeleted(peer.Subnet.IPv6.Network),
            Damage.RouteDiverted(peer.Subnet.IPv4.Network, "via 172.30.0.1"),
            Damage.RouteDiverted(peer.Subnet.IPv6.Network, "via fd30::1"),
        ]));
    }

    [Fact]
    public async Task Damaged_iptables_rules_are_whole_again_within_a_second()
    {
        await using var fabric = await StartAsync("host-gw", nftables: false, "--ip-masq");

        await HealAllAsync(fabric, (_, _) => Task.FromResult<IReadOnlyList<Damage>>(
        [
            Damage.RulesChanged("iptables", "nat", "-D POSTROUTING 1"),
            Damage.RulesChanged("iptables", "nat", "-F FLANNEL-POSTRTG"),
            Damage.RulesChanged("iptables", "filter", "-F FORWARD"),
            Damage.RulesChanged("iptables", "filter", "-D FLANNEL-FWD 1"),
            Damage.RulesChanged("ip6tables", "nat", "-F FLANNEL-POSTRTG"),
            Damage.RulesChanged("ip6tables", "filter", "-D FORWARD 1"),
            new Damage("all rules flushed", "nft flush ruleset", "iptables -t nat -S", "iptables -S", "ip6tables -t nat -S", "ip6tables -S"),
        ]));
    }

    [Fact]
    public async Task Damaged_nftables_rules_are_whole_again_within_a_second()
    {
        await using var fabric = await StartAsync("host-gw", nftables: true, "--ip-masq");

        await HealAllAsync(fabric, (_, _) => Task.FromResult<IReadOnlyList<Damage>>(
        [
            Damage.NftChanged("flush chain ip flannel-ipv4 postrtg"),
            Damage.NftChanged("delete table ip flannel-ipv4"),
            Damage.NftChanged("insert rule ip6 flannel-ipv6 forward drop"),
            Damage.NftChanged("delete table ip6 flannel-ipv6"),
            Damage.RulesFlushed(),
        ]));
    }

    private static async Task<Fabric> StartAsync(string backend, bool nftables = true, params IReadOnlyList<string> flags)
    {
        var config = $$"""
            {
              "Network": "10.5.0.0/16", "IPv6Network": "fd05::/48", "EnableIPv6": true, "EnableNFTables": {{(nftables ? "true" : "false")}},
              "Backend": { "Type": "{{backend}}" }
            }
            """;
        var fabric = await Fabric.StartAsync(await TestNetwork.CreateAsync(2), config, flags);
        await Ping.AllReachAllAsync(fabric.Pods);
        return fabric;
    }

    /// <summary>One damage after another, the hosts by turns so that no daemon takes it for a fight with another program.</summary>
    private static async Task HealAllAsync(Fabric fabric, Func<Place, Place, Task<IReadOnlyList<Damage>>> list)
    {
        Place[] places = [.. await Task.WhenAll(fabric.Daemons.Select(ReadPlaceAsync))];
        var damages = new[] { await list(places[0], places[1]), await list(places[1], places[0]) };
        for (var i = 0; i < damages[0].Count; i++)
        {
            await HealAsync(damages[i % 2][i], places[i % 2].Host);
        }

        await Ping.AllReachAllAsync(fabric.Pods);
    }

    /// <summary>A busy machine may hold up one of our looks; what heals late by itself is late each time.</summary>
    private static async Task HealAsync(Damage damage, TestHost host)
    {
        var took = new List<TimeSpan>();
        do
        {
            took.Add(await damage.HealsAsync(host));
        }
        while (took[^1] > Promised && took.Count < 3);

        Assert.True(took[^1] <= Promised, $"{damage} on {host} was healed only after {string.Join(", ", took)}");
    }

    private static async Task<IReadOnlyList<Damage>> OfVxlanAsync(
        Place damaged, Place peer, string device, Func<Place, (Cidr Bridge, IPAddress Underlay)> family)
    {
        var link = await peer.Host.ReadAsync($"ip -j link show {device}");
        var mac = MacAddress.Parse(link[0].GetProperty("address").GetString()!);
        var (own, (bridge, underlay)) = (family(damaged).Bridge.Network.AsHost, family(peer));
        var subnet = bridge.Network;
        return
        [
            Damage.RouteDeleted(subnet),
            Damage.NeighbourDeleted(device, subnet.Address),
            Damage.FdbEntryDeleted(device, mac, underlay),
            Damage.AddressDeleted(device, own),
            Damage.RouteDiverted(subnet, $"dev {device}"),
            Damage.NeighbourChanged(device, subnet.Address, Stranger),
            Damage.FdbEntryChanged(device, mac, IPAddress.Parse(subnet.IsIPv6 ? "fd30::99" : "172.30.0.99")),
            Damage.LinkDown(device),
            Damage.MacChanged(device, Stranger),
            Damage.MtuChanged(device, 1300),
            Damage.LinkDeleted(device),
        ];
    }

    private static async Task<Place> ReadPlaceAsync(Flanneld daemon) =>
        new(daemon.Host, PodSubnet.Parse(await File.ReadAllTextAsync(daemon.SubnetFile, TestContext.Current.CancellationToken)));

    private sealed record Place(TestHost Host, PodSubnet Subnet);
}
