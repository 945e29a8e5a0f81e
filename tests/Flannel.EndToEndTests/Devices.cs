using System.Globalization;
using Flannel.Testing;

namespace Flannel.EndToEndTests;

/// <summary>The devices of a host: what a daemon that comes, goes or waits must leave as it is.</summary>
internal static class Devices
{
    /// <summary>Number, name, MAC and MTU of each device, then its IPv4 addresses. Without the states the kernel notices late.</summary>
    public static async Task<string> ReadAsync(TestHost host)
    {
        var links = (await host.ReadAsync("ip -j link show")).EnumerateArray().Select(link => string.Create(
            CultureInfo.InvariantCulture,
            $"{link.GetProperty("ifindex")} {link.GetProperty("ifname")} {link.GetProperty("address")} mtu {link.GetProperty("mtu")}"));
        return string.Join('\n', [.. links, await host.RunAsync("ip -o -4 addr show")]);
    }
}
