using System.Net;

namespace Flannel.Testing;

/// <summary>One layer-2 segment of a <see cref="TestNetwork"/>: a bridge that is also the router to the other segments, at <c>172.30.n.1</c> and <c>fd30:n::1</c>.</summary>
internal sealed record Segment(int Number)
{
    public string Bridge => $"segment{Number}";

    public IPAddress Gateway => AddressOf(1);

    public IPAddress GatewayV6 => AddressV6Of(1);

    /// <summary>Host numbers are below 245, so host n is .(n + 10).</summary>
    public IPAddress AddressOf(TestHost host) => AddressOf(host.Number + 10);

    public IPAddress AddressV6Of(TestHost host) => AddressV6Of(host.Number + 10);

    public IEnumerable<string> Commands =>
    [
        "link set lo up",
        $"link add {Bridge} type bridge mcast_snooping 0",
        $"addr add {Gateway}/24 dev {Bridge}",
        $"addr add {GatewayV6}/64 dev {Bridge} nodad",
        $"link set {Bridge} up",
    ];

    private IPAddress AddressOf(int part) => new([172, 30, (byte)Number, (byte)part]);

    private IPAddress AddressV6Of(int part) => IPAddress.Parse($"fd30:{Number}::{part}");
}
