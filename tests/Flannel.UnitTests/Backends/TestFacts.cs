using System.Net;
using Flannel.Leases;

namespace Flannel.UnitTests.Backends;

internal static class TestFacts
{
    public const string IPv4Only = """{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}""";

    public static ExternalInterface External { get; } = new()
    {
        Name = "eth0",
        Index = 2,
        Mtu = 1500,
        LocalIPv4 = IPAddress.Parse("192.0.2.1"),
        LocalIPv6 = IPAddress.Parse("2001:db8::1"),
        PublicIPv4 = IPAddress.Parse("192.0.2.1"),
        PublicIPv6 = IPAddress.Parse("2001:db8::1"),
        Reason = "test",
    };

    public static LeaseKey Key(string text) => LeaseKey.TryParse(text, out var key) ? key : throw new FormatException(text);
}
