using System.Net;
using Flannel.Linux;
using Flannel.Reconcile;
using Xunit;

namespace Flannel.KernelTests.Reconcile;

/// <summary>Cases E1 to E4 of the catalogue: which addresses a tunnel device ends up with.</summary>
public sealed class AddressTests
{
    private const string Show4 = "ip -4 -brief address show dev flannel.1";
    private const string Show6 = "ip -6 -brief address show dev flannel-v6.1 scope global";

    [Theory]
    [Trait("case", "E1")]
    [InlineData]
    [InlineData("10.5.9.1/32")]
    [InlineData("10.5.1.1/24", "10.5.1.0/24", "10.5.0.1/16")]
    public async Task The_device_has_the_wanted_address_alone_of_the_network(params string[] leftovers)
    {
        await using var bed = ReconcilerBed.Start();
        await MakeAsync(bed, "flannel.1", "192.0.2.1", leftovers);

        bed.Reconciler.WantHost(ReconcilerBed.HostPlan());

        await SeesAsync(bed, Show4, "10.5.1.0/32");
    }

    [Fact]
    [Trait("case", "E2")]
    public async Task An_address_outside_the_network_is_left_alone()
    {
        await using var bed = ReconcilerBed.Start();
        await MakeAsync(bed, "flannel.1", "192.0.2.1", "198.51.100.1/24", "10.5.9.1/32");

        bed.Reconciler.WantHost(ReconcilerBed.HostPlan());

        await SeesAsync(bed, Show4, "198.51.100.1/24", "10.5.1.0/32");
    }

    [Theory]
    [Trait("case", "E3, E4")]
    [InlineData]
    [InlineData("fd00:5:0:9::/128")]
    [InlineData("2001::4/64")]
    public async Task Of_IPv6_only_the_wanted_address_and_those_of_the_link_stay(params string[] leftovers)
    {
        await using var bed = ReconcilerBed.Start();
        await MakeAsync(bed, "flannel-v6.1", "2001:db8::1", leftovers);
        var device = ReconcilerBed.Device with { Name = "flannel-v6.1", Local = IPAddress.Parse("2001:db8::1"), Mtu = 1430 };

        bed.Reconciler.WantHost(new HostPlan(
            [device, new AddressObject("flannel-v6.1", Cidr.Parse("fd00:5:0:1::/128"))], ReconcilerBed.Scope with { OwnDevices = ["flannel-v6.1"] }));

        await SeesAsync(bed, Show6, "fd00:5:0:1::/128");
        Assert.Contains("fe80::", bed.Run("ip -6 address show dev flannel-v6.1 scope link"), StringComparison.Ordinal);
    }

    private static async Task MakeAsync(ReconcilerBed bed, string device, string local, params IEnumerable<string> addresses)
    {
        bed.Run($"ip link add {device} type vxlan id 1 dev eth0 local {local} dstport 8472 nolearning");
        bed.Run($"ip link set {device} up");
        await bed.SeesAsync($"ip link show {device}", ",UP,");
        foreach (var address in addresses)
        {
            bed.Run($"ip address add {address} dev {device}{(address.Contains(':', StringComparison.Ordinal) ? " nodad" : "")}");
        }
    }

    private static async Task SeesAsync(ReconcilerBed bed, string show, params string[] expected)
    {
        await bed.SeesAsync(show, expected[^1]);
        Assert.Equal(expected.Order(), bed.Run(show).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Skip(2).Order());
    }
}
