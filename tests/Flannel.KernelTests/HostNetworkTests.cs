using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Xunit;

namespace Flannel.KernelTests;

/// <summary>The choice of the external interface from what a live kernel says; the interface of the catalogue's cases is a bridge here, since not every kernel has dummies.</summary>
public sealed class HostNetworkTests : IDisposable
{
    private const string Fixture = """
        link set lo up
        link add dummy0 type bridge
        link set dummy0 up
        address add 1.10.100.1/24 dev dummy0
        address add 192.168.200.128/24 dev dummy0
        address add 172.16.30.18/24 dev dummy0
        address add 172.16.31.200/24 dev dummy0
        address add 172.16.32.100/24 dev dummy0
        address add 2001:db8::1/64 dev dummy0 nodad
        route add 172.16.32.254 via 172.16.32.100 dev dummy0
        """;

    private readonly Netns _netns = Netns.Create();

    public void Dispose() => _netns.Dispose();

    public static TheoryData<string, InterfaceCriteria, string, string?> Cases => new()
    {
        { "F1", new() { Patterns = [@"192\.168\.200\.\d+"] }, "192.168.200.128", null },
        { "F2", new() { Patterns = [@"dummy\d+"] }, "1.10.100.1", null },
        { "F3", new() { Interfaces = ["dummy0"] }, "1.10.100.1", null },
        { "F4", new() { Interfaces = ["172.16.30.18"] }, "172.16.30.18", null },
        { "F5", new() { Interfaces = ["172.16.30.18"], EnableIPv6 = true }, "172.16.30.18", "2001:db8::1" },
        { "F6", new() { Patterns = [@"172\.16\.30\.\d+"], PublicIP = "172.16.31.200" }, "172.16.30.18", null },
        { "F7", new() { CanReach = "172.16.32.254" }, "172.16.32.100", null },
        { "own address", new() { CanReach = "172.16.31.200" }, "172.16.31.200", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("case", "F1")]
    [Trait("case", "F2")]
    [Trait("case", "F3")]
    [Trait("case", "F4")]
    [Trait("case", "F5")]
    [Trait("case", "F6")]
    [Trait("case", "F7")]
    public async Task The_catalogue_holds_on_a_live_kernel(string id, InterfaceCriteria criteria, string local4, string? local6)
    {
        await Ip(Fixture);

        var found = Select(criteria);

        Assert.Equal((id, "dummy0", 1500), (id, found.Name, found.Mtu));
        Assert.Equal((local4, local6), (found.LocalIPv4?.ToString(), found.LocalIPv6?.ToString()));
        Assert.Equal(criteria.PublicIP.Length > 0 ? criteria.PublicIP : local4, found.PublicIPv4?.ToString());
    }

    [Fact]
    public async Task The_default_route_of_the_lowest_metric_decides()
    {
        await Ip(Fixture + """

            link add card0 type veth peer name card0p
            link set card0 mtu 1400 up
            link set card0p up
            address add 10.7.0.2/24 dev card0
            address add fd07::2/64 dev card0 nodad
            route add default via 172.16.32.1 metric 200
            route add default via 10.7.0.1 metric 100
            route add fd99::/16 via fd07::1
            route add default via fd07::1
            """);

        var found = Select(new() { EnableIPv6 = true });

        Assert.Equal(("card0", 1400, "10.7.0.2", "fd07::2"), (found.Name, found.Mtu, found.LocalIPv4?.ToString(), found.LocalIPv6?.ToString()));
        Assert.Equal("default route: card0 has the IPv4 default route; dummy0 qualified too", Select(new()).Reason);
    }

    [Fact]
    public async Task Selecting_again_follows_an_address_that_changed()
    {
        await Ip(Fixture);
        Assert.Equal("1.10.100.1", Select(new() { Interfaces = ["dummy0"] }).LocalIPv4?.ToString());

        await Ip("address del 1.10.100.1/24 dev dummy0\naddress del 192.168.200.128/24 dev dummy0");

        Assert.Equal("172.16.30.18", Select(new() { Interfaces = ["dummy0"] }).LocalIPv4?.ToString());
    }

    [Fact]
    public async Task A_deprecated_address_is_not_taken()
    {
        await Ip(Fixture + "\naddress add fd00::1/64 dev dummy0 nodad preferred_lft 0 valid_lft 3600\naddress change 2001:db8::1/64 dev dummy0 preferred_lft 0 valid_lft 3600");

        var link = Read(host => host.UsableAddresses(host.Links.Single(link => link.Name == "dummy0"), AddressFamily.InterNetworkV6));

        Assert.Equal(["fe80"], link.Select(address => address.ToString()[..4]));
    }

    [Theory]
    [InlineData("192.0.2.1", "")]
    [InlineData("192.0.2.1", "route add blackhole 192.0.2.1")]
    [InlineData("192.0.2.1", "route add unreachable 192.0.2.1")]
    [InlineData("192.0.2.1", "route add prohibit 192.0.2.1")]
    [InlineData("2001:db8:9::1", "")]
    public async Task What_the_kernel_cannot_reach_chooses_nothing(string target, string route)
    {
        await Ip($"{Fixture}\n{route}");

        Assert.Null(Read(host => host.RouteTo(IPAddress.Parse(target))));
    }

    [Fact]
    public void A_host_without_routes_says_so_and_lists_its_interfaces()
    {
        var message = Assert.Throws<HostException>(() => Select(new())).Message;

        Assert.Contains("unable to find default route", message, StringComparison.Ordinal);
        Assert.Contains("lo:[]", message, StringComparison.Ordinal);
    }

    private ExternalInterface Select(InterfaceCriteria criteria) => Read(host => InterfaceSelector.Select(criteria, host));

    private T Read<T>(Func<HostNetwork, T> read) => _netns.Run(() =>
    {
        using var socket = new RtnetlinkSocket();
        return read(HostNetwork.Read(socket));
    });

    private async Task Ip(string batch)
    {
        var done = await _netns.Run(() => Tool.RunAsync("ip", ["-batch", "-"], batch + "\n", TestContext.Current.CancellationToken));
        Assert.True(done.ExitCode == 0, done.Error);
    }
}
