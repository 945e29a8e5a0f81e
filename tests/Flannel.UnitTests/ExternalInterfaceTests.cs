using System.Net;
using Xunit;

namespace Flannel.UnitTests;

public sealed class ExternalInterfaceTests
{
    [Theory]
    [InlineData("10.1.2.3", null, "203.0.113.7", null, "eth0: local 10.1.2.3, announced 203.0.113.7, MTU 1500")]
    [InlineData(null, "fd01::3", null, "fd01::3", "eth0: local fd01::3, announced fd01::3, MTU 1500")]
    [InlineData("10.1.2.3", "fd01::3", "10.1.2.3", "2001:db8::7", "eth0: local 10.1.2.3 and fd01::3, announced 10.1.2.3 and 2001:db8::7, MTU 1500")]
    public void It_reads_as_the_addresses_of_the_families_in_use(string? local, string? localV6, string? announced, string? announcedV6, string text)
    {
        var external = new ExternalInterface
        {
            Name = "eth0",
            Index = 2,
            Mtu = 1500,
            LocalIPv4 = Parse(local),
            LocalIPv6 = Parse(localV6),
            PublicIPv4 = Parse(announced),
            PublicIPv6 = Parse(announcedV6),
            Reason = "",
        };

        Assert.Equal(text, external.ToString());
    }

    private static IPAddress? Parse(string? address) => address is null ? null : IPAddress.Parse(address);
}
