using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

public sealed class AddressTests
{
    [Theory]
    [InlineData("10.5.72.0/32", AddressScope.Link, AddressFlags.None)]
    [InlineData("10.5.72.1/24", AddressScope.Universe, AddressFlags.IFA_F_NOPREFIXROUTE)]
    [InlineData("fd00:72::/128", AddressScope.Universe, AddressFlags.IFA_F_NODAD)]
    public async Task An_address_is_added_seen_and_deleted(string text, AddressScope scope, AddressFlags flags)
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0");
        var address = new InterfaceAddress(index, Cidr.Parse(text), scope, flags | AddressFlags.IFA_F_PERMANENT);

        host.Do(RequestVerb.Add, address);

        Assert.Contains(address, host.Netlink.ListAddresses(index));
        var shown = await host.RunAsync("ip address show dev v0");
        Assert.Contains($"{text} scope {(scope == AddressScope.Link ? "link" : "global")}", shown, StringComparison.Ordinal);
        Assert.Equal(flags.HasFlag(AddressFlags.IFA_F_NOPREFIXROUTE), shown.Contains("noprefixroute", StringComparison.Ordinal));

        host.Do(RequestVerb.Delete, address);
        Assert.DoesNotContain(text, await host.RunAsync("ip address show dev v0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_are_listed_of_one_device_and_of_all()
    {
        using var host = new KernelHost();
        var v0 = await host.AddVethAsync("v0", "10.0.0.1/24", "fd00::1/64");
        await host.AddVethAsync("v1", "10.0.1.1/24");

        var ofOne = host.Netlink.ListAddresses(v0);
        var ofAll = host.Netlink.ListAddresses();

        Assert.All(ofOne, address => Assert.Equal(v0, address.LinkIndex));
        Assert.Contains(ofOne, address => address.Address == Cidr.Parse("10.0.0.1/24"));
        Assert.Contains(ofOne, address => address.Address == Cidr.Parse("fd00::1/64"));
        Assert.Contains(ofAll, address => address.Address == Cidr.Parse("10.0.1.1/24"));

        // The kernel adds link-local addresses when it has noticed the carrier.
        await Eventually.IsTrueAsync(async () =>
            (await host.ListAsync("ip -j address show")).Sum(link => link.GetProperty("addr_info").GetArrayLength()) == host.Netlink.ListAddresses().Count);
    }

    [Fact]
    public async Task The_own_address_of_a_point_to_point_link_is_read()
    {
        using var host = new KernelHost();
        var index = await host.AddVethAsync("v0");
        await host.RunAsync("ip address add 10.9.0.1 peer 10.9.0.2/32 dev v0");

        Assert.Contains(host.Netlink.ListAddresses(index), address => address.Address == Cidr.Parse("10.9.0.1/32"));
    }

    [Fact]
    public void Addresses_of_a_device_that_is_gone_are_an_error()
    {
        using var host = new KernelHost();

        Assert.Equal(Errnos.ENODEV, Assert.Throws<NetlinkException>(() => host.Netlink.ListAddresses(4711)).Errno);
    }
}
