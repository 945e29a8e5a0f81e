using Flannel.Config;
using Xunit;

namespace Flannel.UnitTests;

/// <summary>When no interface can be chosen, the cause of each selector and the candidates are named.</summary>
public sealed class InterfaceSelectorRefusalTests
{
    private readonly HostFacts _host = new HostFacts()
        .With("lo", "127.0.0.1/8", "::1/128")
        .With("eth0", "10.0.0.5/24")
        .With("eth1", "10.1.0.5/24", "fd01::5/64");

    [Fact]
    public void The_message_lists_each_selector_and_every_interface() => Assert.Equal(
        "Failed to find any valid interface to use: --iface eth7: there is no interface eth7; --iface-regex ^wlan: no address and no name of an interface matches. " +
        "The interfaces of this host are lo:[], eth0:[10.0.0.5], eth1:[10.1.0.5 fd01::5]; choose with --iface, --iface-regex or --iface-can-reach",
        _host.Refuses(new() { Interfaces = ["eth7"], Patterns = ["^wlan"] }));

    [Fact]
    public void No_default_route() => Refused("unable to find default route", new());

    [Fact]
    public void A_default_route_without_a_device() =>
        Refused("could not determine its interface", new(), _host.WithDefault("", "0.0.0.0/0"));

    [Theory]
    [InlineData("10.0.0.5")]
    [InlineData("eth0")]
    public void An_interface_that_lacks_one_family(string iface) =>
        Refused("failed to find IPv6 address for interface eth0", new() { Interfaces = [iface], EnableIPv6 = true });

    [Fact]
    public void An_interface_without_the_only_family() =>
        Refused("failed to find IPv4 address for interface lo", new() { Interfaces = ["lo"] });

    [Theory]
    [InlineData("fd01::5", "", true, true, "only together with --public-ipv6")]
    [InlineData("fd01::5", "fd09::9", true, true, "no interface has the address fd09::9")]
    [InlineData("10.0.0.5", "fd01::5", true, true, "eth0 owns 10.0.0.5 but not the public IPv6 address fd01::5")]
    [InlineData("fd01::5", "", true, false, "the network is IPv4 only")]
    [InlineData("10.0.0.5", "", false, true, "the network is IPv6 only")]
    public void A_literal_that_does_not_fit_the_families(string iface, string publicIPv6, bool ipv4, bool ipv6, string reason) =>
        Refused(reason, new() { Interfaces = [iface], PublicIPv6 = publicIPv6, EnableIPv4 = ipv4, EnableIPv6 = ipv6 });

    [Theory]
    [InlineData("not an address", "invalid IP address format")]
    [InlineData("8.8.8.8", "the kernel has no route to 8.8.8.8")]
    public void An_address_that_cannot_be_reached(string target, string reason) => Refused(reason, new() { CanReach = target });

    [Theory]
    [InlineData(@"(\d)\1")]
    [InlineData("eth(?=0)")]
    [InlineData("[")]
    public void A_pattern_outside_the_RE2_class(string pattern) => Refused("not a regular expression", new() { Patterns = [pattern] });

    [Theory]
    [InlineData("10.0.0", "", "invalid public IPv4 address: --public-ip is 10.0.0")]
    [InlineData("fd01::5", "", "invalid public IPv4 address: --public-ip is fd01::5")]
    [InlineData("", "10.0.0.5", "invalid public IPv6 address: --public-ipv6 is 10.0.0.5")]
    public void A_public_address_that_is_none(string publicIP, string publicIPv6, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<ConfigException>(() => _host.Select(new() { Interfaces = ["eth1"], PublicIP = publicIP, PublicIPv6 = publicIPv6 })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_public_address_behind_NAT_needs_a_selector() =>
        Refused("--public-ip 203.0.113.9: no interface has the address 203.0.113.9", new() { PublicIP = "203.0.113.9" });

    [Fact]
    public void An_interface_without_an_MTU() =>
        Refused("failed to determine the MTU of interface tun0", new() { Interfaces = ["tun0"] }, _host.With("tun0", 0, "10.2.0.1/24"));

    [Fact]
    public void Neither_family() => Assert.Contains("none defined stack", _host.Refuses(new() { EnableIPv4 = false }), StringComparison.Ordinal);

    private void Refused(string reason, InterfaceCriteria criteria, HostFacts? host = null)
    {
        var message = (host ?? _host).Refuses(criteria);
        Assert.StartsWith("Failed to find any valid interface to use: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }
}
