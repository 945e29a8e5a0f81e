using System.Net;

namespace Flannel.Testing;

/// <summary>A host of a <see cref="TestNetwork"/>: <c>eth0</c> with an IPv4 and an IPv6 address, a default route in each family, forwarding on.</summary>
public sealed class TestHost : Node
{
    internal TestHost(int number)
        : base($"host{number}")
    {
        Number = number;
        SetSysctl("net.ipv4.ip_forward", "1");
        SetSysctl("net.ipv6.conf.all.forwarding", "1");
        SetSysctl("net.ipv4.conf.all.promote_secondaries", "1");
    }

    /// <summary>From 1; the last part of the addresses follows from it.</summary>
    public int Number { get; }

    /// <summary>Gives the interface another IPv4 address of its segment in the place of the present one.</summary>
    public async Task MoveAsync(IPAddress address, string device = "eth0")
    {
        var old = Address;
        await ConfigureAsync($"addr add {address}/24 dev {device}", $"addr del {old}/24 dev {device}");
        Addresses = [address, AddressV6];
    }

    internal void Settle(IPAddress address, IPAddress addressV6) => Addresses = [address, addressV6];
}
