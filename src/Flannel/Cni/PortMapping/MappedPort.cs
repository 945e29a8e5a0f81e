using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.PortMapping;

/// <summary>One port of the host that leads to one of the container.</summary>
/// <param name="HostPort">1 to 65535.</param>
/// <param name="ContainerPort">1 to 65535.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="HostIp">The one address of the host that is meant; null for all. An unspecified one means all of its family.</param>
internal sealed record MappedPort(int HostPort, int ContainerPort, string Protocol, IPAddress? HostIp)
{
    /// <summary>The destination that a packet must have; null when any address of the host will do.</summary>
    public IPAddress? Destination => HostIp is null || HostIp.Equals(IPAddress.Any) || HostIp.Equals(IPAddress.IPv6Any) ? null : HostIp;

    public string HostPortText => HostPort.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether the mapping is for containers' addresses of a family.</summary>
    public bool Concerns(bool isIPv6) => HostIp is null || HostIp.AddressFamily == AddressFamily.InterNetworkV6 == isIPv6;

    /// <summary>Where packets go to: <c>10.5.7.2:80</c>, <c>[fd00::2]:80</c>.</summary>
    public string TargetAt(Cidr container) => string.Create(
        CultureInfo.InvariantCulture, $"{(container.IsIPv6 ? $"[{container.Address}]" : container.Address.ToString())}:{ContainerPort}");

    /// <exception cref="CniException">A value that is none: code 7.</exception>
    public static MappedPort Read(JsonElement entry)
    {
        var protocol = entry.Text("protocol").ToLowerInvariant();
        return new MappedPort(
            Port(entry, "hostPort", "host"),
            Port(entry, "containerPort", "container"),
            protocol is "tcp" or "udp" or "sctp" ? protocol : throw Invalid($"protocol: \"{protocol}\", which is none of tcp, udp, sctp"),
            HostAddress(entry.Text("hostIP")));
    }

    private static int Port(JsonElement entry, string name, string side) =>
        entry.Integer(name) is > 0 and <= ushort.MaxValue and var port ? port : throw Invalid($"{side} port number: {entry.Integer(name)}");

    private static IPAddress? HostAddress(string text) =>
        text.Length == 0 ? null :
        !Cidr.TryParseAddress(text, out var address) ? throw Invalid($"hostIP: \"{text}\"") :
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static CniException Invalid(string what) => new(CniException.InvalidConfig, $"Invalid {what}");
}
