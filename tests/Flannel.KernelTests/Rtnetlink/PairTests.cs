using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class PairTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");
    private static readonly MacAddress s_peerMac = MacAddress.Parse("5e:02:00:00:00:02");

    [Fact]
    public async Task A_pair_is_born_across_two_namespaces_as_asked()
    {
        using var host = new KernelHost();
        using var pod = new KernelHost();
        await host.RunAsync("ip link add cni0 type bridge");

        host.Do(RequestVerb.Add, new Link
        {
            Name = "veth1",
            Kind = "veth",
            IsUp = true,
            Mtu = 1450,
            Mac = s_mac,
            Master = host.Netlink.GetLink("cni0")!.Index,
            Peer = new VethPeer("eth0") { Netns = pod.Netns, Mtu = 1400, Mac = s_peerMac },
        });

        var end = Assert.Single(await host.ListAsync("ip -j -d link show dev veth1"));
        Assert.Equal("cni0", end.GetProperty("master").GetString());
        Assert.Equal(1450, end.GetProperty("mtu").GetInt32());
        Assert.Equal("5e:02:00:00:00:01", end.GetProperty("address").GetString());
        var peer = Assert.Single(await pod.ListAsync("ip -j -d link show dev eth0"));
        Assert.Equal(1400, peer.GetProperty("mtu").GetInt32());
        Assert.Equal("5e:02:00:00:00:02", peer.GetProperty("address").GetString());
        Assert.DoesNotContain("UP", peer.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        Assert.Equal(peer.GetProperty("ifindex").GetInt32(), host.Netlink.GetLink("veth1")!.PeerIndex);
        Assert.Equal(end.GetProperty("ifindex").GetInt32(), pod.Netlink.GetLink("eth0")!.PeerIndex);
    }

    [Fact]
    public async Task A_pair_may_stay_in_one_namespace_and_down()
    {
        using var host = new KernelHost();

        host.Do(RequestVerb.Add, new Link { Name = "veth1", Kind = "veth", Peer = new VethPeer("veth2") });

        Assert.DoesNotContain("state UP", await host.RunAsync("ip link show dev veth2"), StringComparison.Ordinal);
        Assert.Equal(host.Netlink.GetLink("veth2")!.Index, host.Netlink.GetLink("veth1")!.PeerIndex);
    }

    [Fact]
    public void A_name_that_the_other_namespace_has_already_refuses_the_whole_pair()
    {
        using var host = new KernelHost();
        using var pod = new KernelHost();
        host.Do(RequestVerb.Add, new Link { Name = "veth1", Kind = "veth", Peer = new VethPeer("eth0") { Netns = pod.Netns } });

        var refused = Assert.Throws<NetlinkException>(
            () => host.Do(RequestVerb.Add, new Link { Name = "veth2", Kind = "veth", Peer = new VethPeer("eth0") { Netns = pod.Netns } }));

        Assert.Equal(Errnos.EEXIST, refused.Errno);
        Assert.Equal($"ip link add veth2 type veth peer name eth0 netns {pod.Netns.Path}", refused.Operation);
        Assert.Null(host.Netlink.GetLink("veth2"));
    }

    [Fact]
    public async Task Whoever_waits_for_a_link_to_work_is_woken()
    {
        using var host = new KernelHost();
        using var changes = host.Run(RtnetlinkNotifications.OfDevices);
        await host.RunAsync("ip link add veth1 type veth peer name veth2");
        await host.RunAsync("ip link set veth1 up");
        Assert.Equal(OperationalState.IF_OPER_LOWERLAYERDOWN, host.Netlink.GetLink("veth1")!.OperationalState);
        await host.RunAsync("ip link set veth2 up");

        while (host.Netlink.GetLink("veth1")!.OperationalState != OperationalState.IF_OPER_UP)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            changes.Wait(TimeSpan.FromSeconds(10));
            changes.Drain(static _ => { });
        }

        Assert.Contains("state UP", await host.RunAsync("ip link show dev veth1"), StringComparison.Ordinal);
    }
}
