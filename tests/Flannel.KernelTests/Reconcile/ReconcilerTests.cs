using System.Net;
using Flannel.Linux;
using Flannel.Reconcile;
using Xunit;

namespace Flannel.KernelTests.Reconcile;

public class ReconcilerTests
{
    [Fact]
    public async Task The_device_is_made_with_every_attribute_and_its_address()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();

        var link = bed.Run("ip -d link show flannel.1");
        Assert.Contains("mtu 1450", link);
        Assert.Contains("link/ether 3e:11:22:33:44:55", link);
        Assert.Contains("vxlan id 1 local 192.0.2.1 dev eth0", link);
        Assert.Contains("dstport 8472 nolearning", link);
        Assert.Contains(",UP,", link);
        Assert.Contains("inet 10.5.1.0/32", bed.Run("ip address show dev flannel.1"));
    }

    [Fact]
    public async Task A_peer_is_installed_and_removed()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();

        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        await bed.SeesPeerAsync(7);

        await bed.WantAsync("peer", []);
        Assert.DoesNotContain("10.5.7.0", bed.Run("ip route show"));
        Assert.DoesNotContain("10.5.7.0", bed.Run("ip neigh show dev flannel.1"));
        Assert.DoesNotContain("6e:00", bed.Run("bridge fdb show dev flannel.1"));
    }

    [Fact]
    public async Task Many_peers_are_installed_in_one_go()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        for (var n = 2; n < 250; n++)
        {
            bed.Reconciler.Want(n, ReconcilerBed.Peer(n));
        }

        await bed.Reconciler.SettleAsync(CancellationToken.None);

        Assert.Equal(248, bed.Run("ip route show proto 102").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(248, bed.Run("ip neigh show dev flannel.1 nud permanent").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("ip route delete 10.5.7.0/24")]
    [InlineData("ip route flush proto 102")]
    [InlineData("ip route replace 10.5.7.0/24 via 192.0.2.66 dev eth0")]
    [InlineData("ip route append 10.5.7.0/24 via 192.0.2.66 dev eth0")]
    [InlineData("ip neigh delete 10.5.7.0 dev flannel.1")]
    [InlineData("ip neigh flush dev flannel.1 nud permanent")]
    [InlineData("ip neigh replace 10.5.7.0 lladdr 6e:66:66:66:66:66 dev flannel.1 nud permanent")]
    [InlineData("ip neigh replace 10.5.7.0 lladdr 6e:00:00:00:00:07 dev flannel.1 nud stale")]
    [InlineData("bridge fdb delete 6e:00:00:00:00:07 dev flannel.1 dst 192.0.2.7 self")]
    [InlineData("bridge fdb replace 6e:00:00:00:00:07 dev flannel.1 dst 192.0.2.66 self permanent")]
    [InlineData("bridge fdb append 6e:00:00:00:00:07 dev flannel.1 dst 192.0.2.66 self permanent")]
    [InlineData("ip address delete 10.5.1.0/32 dev flannel.1")]
    [InlineData("ip address add 10.5.99.1/24 dev flannel.1")]
    [InlineData("ip link set flannel.1 down")]
    [InlineData("ip link set flannel.1 mtu 1300")]
    [InlineData("ip link set flannel.1 address 3e:66:66:66:66:66")]
    [InlineData("ip link set flannel.1 type vxlan learning")]
    [InlineData("ip link delete flannel.1")]
    public async Task Damage_is_repaired(string damage)
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        await bed.SeesPeerAsync(7);

        bed.Run(damage);

        await bed.SeesPeerAsync(7);
        await bed.SeesAsync("ip -d link show flannel.1", "mtu 1450");
        await bed.SeesAsync("ip -d link show flannel.1", "3e:11:22:33:44:55");
        await bed.SeesAsync("ip -d link show flannel.1", "nolearning");
        await bed.SeesAsync("ip -d link show flannel.1", ",UP,");
        await bed.SeesAsync("ip address show dev flannel.1", "10.5.1.0/32");
        await bed.SeesAsync("ip address show dev flannel.1", "10.5.99.1", present: false);
        await bed.SeesAsync("bridge fdb show dev flannel.1", "192.0.2.66", present: false);
        await bed.SeesAsync("ip route show", "192.0.2.66", present: false);
        await bed.SeesAsync("ip neigh show dev flannel.1", "6e:66", present: false);
    }

    [Fact]
    public async Task The_device_comes_back_with_the_external_interface()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));

        bed.Run("ip link delete eth0");
        await bed.SeesAsync("ip link", "flannel.1", present: false);
        bed.Run("ip link add eth0 type veth peer name peer0");
        bed.Run("ip address add 192.0.2.1/24 dev eth0");
        bed.Run("ip link set eth0 up");

        await bed.SeesPeerAsync(7);
        Assert.Contains("3e:11:22:33:44:55", bed.Run("ip link show flannel.1"));
    }

    [Fact]
    public async Task Host_routes_come_back_after_the_external_interface_was_down()
    {
        await using var bed = ReconcilerBed.Start();
        bed.Reconciler.WantHost(new HostPlan([], ReconcilerBed.Scope));
        await bed.WantAsync("peer", [new RouteObject(Cidr.Parse("10.5.7.0/24"), IPAddress.Parse("192.0.2.7"), "eth0")]);
        await bed.SeesAsync("ip route show proto 102", "10.5.7.0/24 via 192.0.2.7 dev eth0");

        bed.Run("ip link set eth0 down");
        Assert.DoesNotContain("10.5.7.0", bed.Run("ip route show"));
        bed.Run("ip link set eth0 up");

        await bed.SeesAsync("ip route show proto 102", "10.5.7.0/24 via 192.0.2.7 dev eth0");
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_removed_once_removals_are_allowed()
    {
        await using var bed = ReconcilerBed.Start();
        bed.Run("ip link add flannel.1 mtu 1450 address 3e:11:22:33:44:55 type vxlan id 1 local 192.0.2.1 dev eth0 nolearning");
        bed.Run("ip link set flannel.1 up");
        bed.Run("ip route add 10.5.9.0/24 via 10.5.9.0 dev flannel.1 onlink");
        bed.Run("ip neigh add 10.5.9.0 lladdr 6e:00:00:00:00:09 dev flannel.1 nud permanent");
        bed.Run("bridge fdb add 6e:00:00:00:00:09 dev flannel.1 dst 192.0.2.9 self permanent");
        bed.Run("ip route add 10.5.10.0/24 via 192.0.2.10 dev eth0");
        bed.Run("ip route add 10.5.11.0/24 via 192.0.2.11 dev eth0 proto static");
        bed.Run("ip route add 172.20.0.0/24 via 192.0.2.11 dev eth0");
        bed.Run("ip route add 10.5.7.0/24 via 10.5.7.0 dev flannel.1 onlink");
        var index = bed.Run("ip -o link show flannel.1").Split(':')[0];

        bed.Reconciler.WantHost(ReconcilerBed.HostPlan());
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        Assert.Contains("10.5.9.0/24", bed.Run("ip route show"));

        bed.Reconciler.AllowRemovals();
        await bed.Reconciler.SettleAsync(CancellationToken.None);

        await bed.SeesPeerAsync(7);
        var routes = bed.Run("ip route show");
        Assert.DoesNotContain("10.5.9.0", routes);
        Assert.DoesNotContain("10.5.10.0", routes);
        Assert.Contains("10.5.11.0/24", routes);
        Assert.Contains("172.20.0.0/24", routes);
        Assert.DoesNotContain("10.5.9.0", bed.Run("ip neigh show dev flannel.1"));
        Assert.DoesNotContain("6e:00:00:00:00:09", bed.Run("bridge fdb show dev flannel.1"));
        Assert.Equal(index, bed.Run("ip -o link show flannel.1").Split(':')[0]);
    }

    [Theory]
    [InlineData("type vxlan id 1 local 192.0.2.1 dev eth0 dstport 4789 nolearning", true)]
    [InlineData("type vxlan id 2 local 192.0.2.1 dev eth0 dstport 8472 nolearning", false)]
    [InlineData("type vxlan id 1 local 192.0.2.99 dev eth0 dstport 8472 nolearning", false)]
    [InlineData("type vxlan id 1 local 192.0.2.1 dev peer0 dstport 8472 nolearning", false)]
    [InlineData("type vxlan id 1 local 192.0.2.1 dev eth0 dstport 8472 nolearning gbp", false)]
    [InlineData("type bridge", false)]
    [InlineData("type vxlan id 1 local 192.0.2.1 dev eth0 dstport 8472 learning", true)]
    [InlineData("mtu 1200 type vxlan id 1 local 192.0.2.1 dev eth0 dstport 8472", true)]
    public async Task An_existing_device_is_kept_if_it_can_serve(string made, bool kept)
    {
        await using var bed = ReconcilerBed.Start();
        bed.Run($"ip link add flannel.1 {made}");
        var index = bed.Run("ip -o link show flannel.1").Split(':')[0];

        bed.Reconciler.WantHost(ReconcilerBed.HostPlan());
        Assert.Null(await bed.Reconciler.SettleAsync(CancellationToken.None));

        var link = bed.Run("ip -d link show flannel.1");
        Assert.Contains("vxlan id 1 local 192.0.2.1 dev eth0", link);
        Assert.Contains("nolearning", link);
        Assert.Contains("mtu 1450", link);
        Assert.Equal(kept, index == bed.Run("ip -o link show flannel.1").Split(':')[0]);
    }

    [Fact]
    public async Task A_peer_that_changes_mac_and_address_is_followed()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));

        var moved = new KernelObject[]
        {
            new FdbObject("flannel.1", ReconcilerBed.PeerMac(77), IPAddress.Parse("192.0.2.77")),
            new NeighbourObject("flannel.1", IPAddress.Parse("10.5.7.0"), ReconcilerBed.PeerMac(77)),
            ReconcilerBed.Peer(7)[2],
        };
        await bed.WantAsync("peer", moved);

        Assert.Contains($"10.5.7.0 lladdr {ReconcilerBed.PeerMac(77)} PERMANENT", bed.Run("ip neigh show dev flannel.1"));
        var fdb = bed.Run("bridge fdb show dev flannel.1");
        Assert.Contains($"{ReconcilerBed.PeerMac(77)} dst 192.0.2.77", fdb);
        Assert.DoesNotContain(ReconcilerBed.PeerMac(7).ToString(), fdb);
    }

    [Fact]
    public async Task A_peer_whose_address_changes_is_never_without_its_entry()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        var lines = bed.Log.Lines.Count;

        await bed.WantAsync("peer", ReconcilerBed.Peer(7, publicAddress: "192.0.2.77"));

        Assert.Equal($"Information: bridge fdb replace {ReconcilerBed.PeerMac(7)} dev flannel.1 dst 192.0.2.77 self permanent", Assert.Single(bed.Log.Lines.Skip(lines)));
        Assert.Contains($"{ReconcilerBed.PeerMac(7)} dst 192.0.2.77", bed.Run("bridge fdb show dev flannel.1"));
    }

    [Fact]
    public async Task Containers_that_come_and_go_are_no_change_of_the_underlay()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.UnderlayIsUpAsync();
        await bed.Reconciler.SettleAsync(CancellationToken.None);
        bed.Reconciler.UnderlayChanges.TryRead(out _);

        bed.Run("ip link add veth1 type veth peer name veth2");
        bed.Run("ip link set veth1 up");
        bed.Run("ip address add 10.5.1.7/32 dev veth1");
        bed.Run("ip link delete veth1");
        await bed.Reconciler.SettleAsync(CancellationToken.None);
        Assert.False(bed.Reconciler.UnderlayChanges.TryRead(out _));

        bed.Run("ip address add 192.0.2.99/24 dev eth0");
        await bed.Reconciler.SettleAsync(CancellationToken.None);
        Assert.True(bed.Reconciler.UnderlayChanges.TryRead(out _));
    }

    [Fact]
    public async Task The_fdb_entries_of_a_device_made_anew_come_back_with_the_rest()
    {
        await using var bed = await ReconcilerBed.StartWithDeviceAsync();
        await bed.WantAsync("peer", ReconcilerBed.Peer(7));
        var lines = bed.Log.Lines.Count;

        bed.Run("ip link delete flannel.1");
        await bed.SeesPeerAsync(7);

        string[] expected = ["ip link add", "ip link set", "ip address replace", "bridge fdb replace", "ip neigh replace", "ip route replace"];
        var changes = bed.Log.Lines.Skip(lines).Where(line => line.StartsWith("Information", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected.Length, changes.Count);
        Assert.All(expected.Zip(changes), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.DoesNotContain(bed.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Both_families_of_a_peer_are_kept()
    {
        await using var bed = ReconcilerBed.Start();
        var device = ReconcilerBed.Device with { Name = "flannel-v6.1", Local = IPAddress.Parse("2001:db8::1"), Mtu = 1430 };
        var scope = ReconcilerBed.Scope with { OwnDevices = ["flannel-v6.1"] };
        bed.Reconciler.WantHost(new HostPlan([device, new AddressObject("flannel-v6.1", Cidr.Parse("fd00:5:0:1::/128"))], scope));
        bed.Reconciler.AllowRemovals();
        var gateway = IPAddress.Parse("fd00:5:0:7::");
        await bed.WantAsync("peer",
        [
            new FdbObject("flannel-v6.1", ReconcilerBed.PeerMac(7), IPAddress.Parse("2001:db8::7")),
            new NeighbourObject("flannel-v6.1", gateway, ReconcilerBed.PeerMac(7)),
            new RouteObject(Cidr.Parse("fd00:5:0:7::/64"), gateway, "flannel-v6.1") { OnLink = true },
        ]);
        await bed.SeesAsync("ip -6 route show proto 102", "fd00:5:0:7::/64 via fd00:5:0:7:: dev flannel-v6.1");
        await bed.SeesAsync("ip -6 address show dev flannel-v6.1", "fd00:5:0:1::/128");

        bed.Run("ip -6 route delete fd00:5:0:7::/64");
        bed.Run("ip -6 neigh flush dev flannel-v6.1 nud permanent");
        bed.Run("ip -6 address delete fd00:5:0:1::/128 dev flannel-v6.1");
        bed.Run("ip -6 address add fd00:66::1/64 dev flannel-v6.1");

        await bed.SeesAsync("ip -6 route show proto 102", "fd00:5:0:7::/64 via fd00:5:0:7:: dev flannel-v6.1");
        await bed.SeesAsync("ip -6 neigh show dev flannel-v6.1", $"fd00:5:0:7:: lladdr {ReconcilerBed.PeerMac(7)}");
        await bed.SeesAsync("ip -6 address show dev flannel-v6.1", "fd00:5:0:1::/128");
        await bed.SeesAsync("ip -6 address show dev flannel-v6.1", "fd00:66::1", present: false);
    }
}
