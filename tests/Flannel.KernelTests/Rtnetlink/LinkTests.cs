using System.Net;
using System.Text.Json;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class LinkTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("5e:02:00:00:00:01");

    [Fact]
    public void A_kind_of_device_that_the_kernel_lacks_is_told_by_the_name_of_its_module()
    {
        using var host = new KernelHost();

        var refused = Assert.Throws<NetlinkException>(() => host.Do(RequestVerb.Add, new Link { Name = "tunnel0", Kind = "nosuchkind" }));

        Assert.Contains("modprobe nosuchkind", KernelModules.Explain("nosuchkind", refused.Errno), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vxlan_device_has_every_option_it_was_given()
    {
        using var host = new KernelHost();
        var parent = await host.AddVethAsync("v0", "192.0.2.1/24");

        host.Do(RequestVerb.Add, new Link
        {
            Name = "flannel.7",
            Kind = "vxlan",
            IsUp = true,
            Mtu = 1400,
            Mac = s_mac,
            Vxlan = new VxlanAttributes
            {
                Vni = 7,
                ParentIndex = parent,
                Local = IPAddress.Parse("192.0.2.1"),
                Port = 4789,
                Learning = true,
                Gbp = true,
                L2Miss = true,
            },
        });

        var link = Assert.Single(await host.ListAsync("ip -d -j link show dev flannel.7"));
        Assert.Equal(1400, link.GetProperty("mtu").GetInt32());
        Assert.Equal("5e:02:00:00:00:01", link.GetProperty("address").GetString());
        Assert.Contains("UP", link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        var data = link.GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(7, data.GetProperty("id").GetInt32());
        Assert.Equal("v0", data.GetProperty("link").GetString());
        Assert.Equal("192.0.2.1", data.GetProperty("local").GetString());
        Assert.Equal(4789, data.GetProperty("port").GetInt32());
        Assert.True(data.GetProperty("learning").GetBoolean());
        Assert.True(data.GetProperty("gbp").GetBoolean());
        Assert.True(data.GetProperty("l2miss").GetBoolean());
        Assert.False(data.GetProperty("udp_zero_csum6_tx").GetBoolean());
        Assert.False(data.GetProperty("udp_zero_csum6_rx").GetBoolean());
    }

    [Fact]
    public async Task A_vxlan_device_of_ip_is_read_with_every_option()
    {
        using var host = new KernelHost();
        var parent = await host.AddVethAsync("v0", "192.0.2.1/24");
        await host.RunAsync(
            "ip link add x0 address 5e:02:00:00:00:01 mtu 1300 type vxlan id 99 dev v0 local 192.0.2.1 group 239.1.1.1 dstport 8472 nolearning l2miss gbp");

        Assert.Equal(
            new Link
            {
                Index = host.Netlink.GetLink("x0")!.Index,
                Name = "x0",
                Kind = "vxlan",
                OperationalState = OperationalState.IF_OPER_DOWN,
                Mtu = 1300,
                Mac = s_mac,
                Vxlan = new VxlanAttributes
                {
                    Vni = 99,
                    ParentIndex = parent,
                    Local = IPAddress.Parse("192.0.2.1"),
                    Group = IPAddress.Parse("239.1.1.1"),
                    Port = 8472,
                    Gbp = true,
                    L2Miss = true,
                },
            },
            host.Netlink.GetLink("x0"));
    }

    [Fact]
    public async Task A_vxlan_device_over_IPv6_keeps_its_local_address()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0", "fd00:1::1/64");
        var vxlan = new VxlanAttributes { Vni = 3, Local = IPAddress.Parse("fd00:1::1"), Port = 8472 };

        host.Do(RequestVerb.Add, new Link { Name = "flannel-v6.3", Kind = "vxlan", Vxlan = vxlan });

        Assert.Equal(vxlan, host.Netlink.GetLink("flannel-v6.3")!.Vxlan);
        var data = Assert.Single(await host.ListAsync("ip -d -j link show dev flannel-v6.3")).GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal("fd00:1::1", data.GetProperty("local6").GetString());
        Assert.False(data.GetProperty("learning").GetBoolean());
    }

    [Fact]
    public async Task A_change_touches_only_what_it_names()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();
        var before = host.Netlink.GetLink(index)!;

        host.Do(RequestVerb.Set, new LinkChange { Index = index, Mtu = 1280 });
        Assert.Equal(before with { Mtu = 1280 }, host.Netlink.GetLink(index));

        host.Do(RequestVerb.Set, new LinkChange { Index = index, Mac = s_mac, VxlanLearning = true });
        Assert.Equal(before with { Mtu = 1280, Mac = s_mac, Vxlan = before.Vxlan! with { Learning = true } }, host.Netlink.GetLink(index));

        host.Do(RequestVerb.Set, new LinkChange { Index = index, Up = false });
        host.Do(RequestVerb.Set, new LinkChange { Index = index, Name = "renamed" });
        Assert.DoesNotContain("UP", Flags(Assert.Single(await host.ListAsync("ip -j link show dev renamed"))));
    }

    [Fact]
    public async Task A_port_joins_and_leaves_its_bridge()
    {
        using var host = new KernelHost();
        await host.RunAsync("ip link add cni0 type bridge");
        var (port, bridge) = (await host.AddVethAsync("v0"), host.Netlink.GetLink("cni0")!);
        Assert.Equal("bridge", bridge.Kind);

        host.Do(RequestVerb.Set, new LinkChange { Index = port, Master = bridge.Index });
        Assert.Equal("cni0", Assert.Single(await host.ListAsync("ip -j link show dev v0")).GetProperty("master").GetString());
        Assert.Equal(bridge.Index, host.Netlink.GetLink(port)!.Master);

        host.Do(RequestVerb.Set, new LinkChange { Index = port, Master = 0 });
        Assert.Equal(0, host.Netlink.GetLink(port)!.Master);
    }

    [Fact]
    public async Task A_device_is_deleted_by_name_and_by_index()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();

        host.Do(RequestVerb.Delete, host.Netlink.GetLink(index)!);
        Assert.Null(host.Netlink.GetLink(index));

        host.AddVxlan();
        host.Do(RequestVerb.Delete, new Link { Name = "flannel.1" });
        Assert.Null(host.Netlink.GetLink("flannel.1"));
        Assert.Equal("lo", Assert.Single(await host.ListAsync("ip -j link show")).GetProperty("ifname").GetString());
    }

    [Fact]
    public async Task All_devices_are_listed()
    {
        using var host = new KernelHost();
        await host.AddVethAsync("v0");

        var links = host.Netlink.ListLinks();

        Assert.Equal(["lo", "v0", "v0p"], links.Select(link => link.Name).Order());
        Assert.True(links.Single(link => link.Name == "lo").IsLoopback);
        Assert.Null(links.Single(link => link.Name == "lo").Mac);
        var witness = (await host.ListAsync("ip -j link show")).ToDictionary(link => link.GetProperty("ifname").GetString()!);
        Assert.All(links, link => Assert.Equal(witness[link.Name].GetProperty("ifindex").GetInt32(), link.Index));
        Assert.All(links, link => Assert.Equal(Flags(witness[link.Name]).Contains("UP"), link.IsUp));
        Assert.All(links, link => Assert.Equal(witness[link.Name].GetProperty("mtu").GetInt32(), link.Mtu));
    }

    [Fact]
    public void A_name_that_no_device_can_have_is_not_found()
    {
        using var host = new KernelHost();

        Assert.Null(host.Netlink.GetLink("none"));
        Assert.Null(host.Netlink.GetLink(""));
        Assert.Null(host.Netlink.GetLink("sixteen-letters-"));
        Assert.Null(host.Netlink.GetLink(0));
        Assert.Null(host.Netlink.GetLink(4711));
    }

    [Fact]
    public void A_refusal_says_what_was_asked_and_why_in_the_kernels_words()
    {
        using var host = new KernelHost();
        var index = host.AddVxlan();

        var exists = Assert.Throws<NetlinkException>(() => host.AddVxlan());
        var tooLarge = Assert.Throws<NetlinkException>(() => host.Do(RequestVerb.Set, new LinkChange { Index = index, Mtu = 100_000 }));

        Assert.Equal(Errnos.EEXIST, exists.Errno);
        Assert.Equal("ip link add flannel.1 up type vxlan id 1 dstport 8472 nolearning", exists.Operation);
        Assert.Equal(Errnos.EINVAL, tooLarge.Errno);
        Assert.Equal("ip link set dev flannel.1 mtu 100000", tooLarge.Operation);
        Assert.Equal("mtu greater than device maximum", tooLarge.KernelText);
    }

    private static IEnumerable<string?> Flags(JsonElement link) => link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString());
}
