using System.Net.Sockets;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.UnitTests;

/// <summary>The choice of the external interface (cli-and-env.md §9), on facts that are made up here.</summary>
public sealed class InterfaceSelectorTests
{
    private static readonly string[] Catalogue =
        ["1.10.100.1/24", "192.168.200.128/24", "172.16.30.18/24", "172.16.31.200/24", "172.16.32.100/24", "2001:db8::1/64"];

    /// <summary>The host of the catalogue's cases F1–F7, with its loopback.</summary>
    private readonly HostFacts _dummy = new HostFacts()
        .With("lo", "127.0.0.1/8", "::1/128")
        .With("dummy0", Catalogue)
        .WithRouteTo("172.16.32.254", "dummy0", "172.16.32.100");

    /// <summary>Two cards, both with a default route in each family.</summary>
    private readonly HostFacts _twoCards = new HostFacts()
        .With("lo", "127.0.0.1/8", "::1/128")
        .With("eth0", "10.0.0.5/24", "fd00::5/64", "fe80::5/64")
        .With("eth1", "10.1.0.5/24", "fd01::5/64", "fe80::6/64")
        .WithDefault("eth0", "0.0.0.0/0")
        .WithDefault("eth1", "0.0.0.0/0")
        .WithDefault("eth0", "::/0");

    [Theory]
    [InlineData(@"192\.168\.200\.\d+", "192.168.200.128")]
    [InlineData(@"dummy\d+", "1.10.100.1")]
    [InlineData(@"(?P<card>^dummy[[:digit:]]$)", "1.10.100.1")]
    [InlineData(@"^172\.16\.3[12]", "172.16.31.200")]
    [Trait("case", "F1")]
    [Trait("case", "F2")]
    public void A_pattern_matches_addresses_first_then_names(string pattern, string local)
    {
        var found = _dummy.Select(new() { Patterns = [pattern] });

        Assert.Equal(("dummy0", local), (found.Name, found.LocalIPv4?.ToString()));
        Assert.Equal(found.LocalIPv4, found.PublicIPv4);
        Assert.Null(found.LocalIPv6);
        Assert.Null(found.PublicIPv6);
    }

    [Fact]
    [Trait("case", "F3")]
    public void A_name_takes_the_first_address()
    {
        var found = _dummy.Select(new() { Interfaces = ["dummy0"] });

        Assert.Equal(("dummy0", 2, 1500, "1.10.100.1"), (found.Name, found.Index, found.Mtu, found.LocalIPv4?.ToString()));
    }

    [Fact]
    [Trait("case", "F4")]
    public void An_address_takes_its_owner_and_itself() =>
        Assert.Equal("172.16.30.18", _dummy.Select(new() { Interfaces = ["172.16.30.18"] }).LocalIPv4?.ToString());

    [Fact]
    [Trait("case", "F5")]
    public void In_dual_stack_the_owner_of_an_IPv4_address_gives_the_IPv6_half()
    {
        var found = _dummy.Select(new() { Interfaces = ["172.16.30.18"], EnableIPv6 = true });

        Assert.Equal(("dummy0", "172.16.30.18", "2001:db8::1"), (found.Name, found.LocalIPv4?.ToString(), found.LocalIPv6?.ToString()));
    }

    [Fact]
    [Trait("case", "F6")]
    public void A_public_address_is_announced_beside_the_local_one()
    {
        var found = _dummy.Select(new() { Patterns = [@"172\.16\.30\.\d+"], PublicIP = "172.16.31.200" });

        Assert.Equal(("172.16.30.18", "172.16.31.200"), (found.LocalIPv4?.ToString(), found.PublicIPv4?.ToString()));
    }

    [Fact]
    [Trait("case", "F7")]
    public void The_way_to_an_address_gives_device_and_source()
    {
        var found = _dummy.Select(new() { CanReach = "172.16.32.254" });

        Assert.Equal(("dummy0", "172.16.32.100"), (found.Name, found.LocalIPv4?.ToString()));
    }

    [Theory]
    [InlineData("172.16.31.200", "172.16.31.200")]
    [InlineData("2001:db8:7::7", "1.10.100.1")]
    public void The_way_to_the_hosts_own_or_an_IPv6_address_gives_a_usable_IPv4_source(string target, string local)
    {
        _dummy.WithRouteTo("172.16.31.200", "lo", "172.16.31.200", RouteType.RTN_LOCAL).WithRouteTo("2001:db8:7::7", "dummy0", "2001:db8::1");

        var found = _dummy.Select(new() { CanReach = target });

        Assert.Equal(("dummy0", local), (found.Name, found.LocalIPv4?.ToString()));
    }

    [Fact]
    public void Without_selectors_the_first_default_route_decides_and_the_others_are_told()
    {
        var found = _twoCards.Select(new());

        Assert.Equal(("eth0", "10.0.0.5"), (found.Name, found.LocalIPv4?.ToString()));
        Assert.Equal("default route: eth0 has the IPv4 default route; eth1 qualified too", found.Reason);
    }

    [Theory]
    [InlineData("10.1.0.5", "", true, false, "eth1", "10.1.0.5", null)]
    [InlineData("", "fd01::5", false, true, "eth1", null, "fd01::5")]
    [InlineData("10.1.0.5", "fd01::5", true, true, "eth1", "10.1.0.5", "fd01::5")]
    [InlineData("", "fd01::5", true, true, "eth1", "10.1.0.5", "fd01::5")]
    public void Without_selectors_a_public_address_decides(string publicIP, string publicIPv6, bool ipv4, bool ipv6, string name, string? local4, string? local6)
    {
        var found = _twoCards.Select(new() { PublicIP = publicIP, PublicIPv6 = publicIPv6, EnableIPv4 = ipv4, EnableIPv6 = ipv6 });

        Assert.Equal((name, local4, local6), (found.Name, found.LocalIPv4?.ToString(), found.LocalIPv6?.ToString()));
    }

    [Fact]
    public void Selectors_are_tried_in_order_and_the_failed_ones_told()
    {
        var found = _twoCards.Select(new() { Interfaces = ["eth7", "10.9.9.9"], Patterns = ["(", "^10\\.1"], CanReach = "not tried" });

        Assert.Equal("eth1", found.Name);
        Assert.Equal(3, found.FailedSelectors.Count);
        Assert.Equal("--iface eth7: there is no interface eth7", found.FailedSelectors[0]);
        Assert.Equal("--iface 10.9.9.9: no interface has the address 10.9.9.9", found.FailedSelectors[1]);
        Assert.StartsWith("--iface-regex (: not a regular expression: ", found.FailedSelectors[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true, "fd0", "eth0", null, "fd00::5")]
    [InlineData(false, true, "^fe80::6$", "eth1", null, "fe80::6")]
    [InlineData(true, true, @"5$", "eth0", "10.0.0.5", "fd00::5")]
    [InlineData(true, true, @"^10\.1\.|^fd01:", "eth1", "10.1.0.5", "fd01::5")]
    [InlineData(true, true, "^eth1$", "eth1", "10.1.0.5", "fd01::5")]
    public void A_pattern_must_match_each_family_that_is_on(bool ipv4, bool ipv6, string pattern, string name, string? local4, string? local6)
    {
        var found = _twoCards.Select(new() { EnableIPv4 = ipv4, EnableIPv6 = ipv6, Patterns = [pattern] });

        Assert.Equal((name, local4, local6), (found.Name, found.LocalIPv4?.ToString(), found.LocalIPv6?.ToString()));
    }

    [Fact]
    public void The_dual_stack_default_must_be_one_interface()
    {
        Assert.Equal("eth0", _twoCards.Select(new() { EnableIPv6 = true }).Name);

        var split = new HostFacts().With("eth0", "10.0.0.5/24").With("eth1", "fd01::5/64").WithDefault("eth0", "0.0.0.0/0").WithDefault("eth1", "::/0");
        Assert.Contains("the IPv4 default route is on eth0 and the IPv6 default route on eth1", split.Refuses(new() { EnableIPv6 = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_address_that_no_interface_has_may_be_announced_from_a_chosen_one()
    {
        var found = _twoCards.Select(new() { Interfaces = ["eth1"], PublicIP = "203.0.113.9", PublicIPv6 = "2001:db8::9", EnableIPv6 = true });

        Assert.Equal(("10.1.0.5", "203.0.113.9"), (found.LocalIPv4?.ToString(), found.PublicIPv4?.ToString()));
        Assert.Equal(("fd01::5", "2001:db8::9"), (found.LocalIPv6?.ToString(), found.PublicIPv6?.ToString()));
    }

    [Theory]
    [InlineData(AddressFlags.IFA_F_PERMANENT | AddressFlags.IFA_F_DEPRECATED, "203.0.113.2/24", "169.254.1.1")]
    [InlineData(AddressFlags.IFA_F_PERMANENT, "203.0.113.2/24", "203.0.113.2")]
    [InlineData(AddressFlags.None, "203.0.113.2/24", "203.0.113.2")]
    [InlineData(AddressFlags.IFA_F_PERMANENT, "239.1.1.1/24", "169.254.1.1")]
    [InlineData(AddressFlags.IFA_F_PERMANENT, "127.0.0.9/8", "169.254.1.1")]
    public void A_link_local_address_is_the_last_resort(AddressFlags flags, string other, string local)
    {
        var host = new HostFacts().With("eth0", "169.254.1.1/16").WithAddress("eth0", other, flags);

        Assert.Equal(local, host.Select(new() { Interfaces = ["eth0"] }).LocalIPv4?.ToString());
    }

    [Fact]
    public void Permanent_addresses_come_before_others_and_temporary_ones_last()
    {
        var host = new HostFacts().With("eth0")
            .WithAddress("eth0", "fd00::3/64", AddressFlags.IFA_F_SECONDARY)
            .WithAddress("eth0", "fd00::2/64", AddressFlags.None)
            .WithAddress("eth0", "fd00::1/64", AddressFlags.IFA_F_PERMANENT);

        Assert.Equal(["fd00::1", "fd00::2", "fd00::3"], host.Facts.UsableAddresses(host.Facts.Links[0], AddressFamily.InterNetworkV6).Select(address => address.ToString()));
    }
}
