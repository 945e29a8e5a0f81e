namespace Flannel.Testing;

/// <summary>The middle of a <see cref="TestNetwork"/>: the namespace of the segments' bridges, which routes between them. A server all hosts can reach runs here.</summary>
public sealed class Switch : Node
{
    internal Switch()
        : base("switch")
    {
        SetSysctl("net.ipv4.ip_forward", "1");
        SetSysctl("net.ipv6.conf.all.forwarding", "1");
    }

    /// <summary>Lays a cable from the segment to a new device in the host and waits until it carries packets.</summary>
    internal async Task PlugAsync(Segment segment, TestHost host, string device)
    {
        var port = PortOf(host, device);
        await ConfigureAsync(
            $"link add {port} type veth peer name {device} netns {host.Netns.Path}",
            $"link set {port} master {segment.Bridge} up");
        await host.ConfigureAsync(
            "link set lo up",
            $"addr add {segment.AddressOf(host)}/24 dev {device}",
            $"addr add {segment.AddressV6Of(host)}/64 dev {device} nodad",
            $"link set {device} up");
        await WaitUntilConnectedAsync(host, device);
    }

    internal Task UnplugAsync(TestHost host, string device) => ConfigureAsync($"link del {PortOf(host, device)}");

    internal Task CutAsync(TestHost host, string device) => ConfigureAsync($"link set {PortOf(host, device)} down");

    internal async Task RestoreAsync(TestHost host, string device)
    {
        await ConfigureAsync($"link set {PortOf(host, device)} up");
        await WaitUntilConnectedAsync(host, device);
    }

    private async Task WaitUntilConnectedAsync(TestHost host, string device)
    {
        await WaitUntilForwardingAsync(PortOf(host, device));
        await host.WaitUntilUpAsync(device);
    }

    private static string PortOf(TestHost host, string device) => $"{host.Name}-{device}";
}
