using System.Net;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Cni.HostLocal;

/// <summary>Consecutive addresses of one subnet that may be given out, both ends included. All but <see cref="Subnet"/> are hosts, of length 32 or 128.</summary>
internal sealed record AddressRange
{
    private AddressRange(Cidr subnet, Cidr gateway, Cidr first, Cidr last) => (Subnet, Gateway, First, Last) = (subnet, gateway, first, last);

    public Cidr Subnet { get; }

    /// <summary>What the container is told to route by; never given out.</summary>
    public Cidr Gateway { get; }

    public Cidr First { get; }

    public Cidr Last { get; }

    /// <summary>
    /// Reads <c>subnet</c> and, where they are given, <c>gateway</c>, <c>rangeStart</c>, <c>rangeEnd</c>. The gateway is by default the first address behind the network's,
    /// and the range all of the subnet but that of the network and IPv4's broadcast.
    /// </summary>
    /// <exception cref="CniException">Something is malformed: code 6; or it does not fit: code 7.</exception>
    public static AddressRange Read(JsonElement json)
    {
        var subnet = ReadSubnet(json.Text("subnet"));
        var gateway = ReadHost(json, "gateway") ?? subnet.Offset(1).AsHost;
        var (start, end) = (ReadHost(json, "rangeStart"), ReadHost(json, "rangeEnd"));
        var last = end ?? (subnet.IsIPv6 ? subnet.Last : subnet.Last.WithBits(subnet.Last.Bits - 1)).AsHost;
        var first = start ?? subnet.Offset(1).AsHost;
        if (start is not null && (!subnet.Contains(first) || first > last))
        {
            throw Outside("RangeStart", first, subnet);
        }

        return subnet.Contains(last) && last >= first ? new AddressRange(subnet, gateway, first, last) : throw Outside("RangeEnd", last, subnet);
    }

    public bool Contains(Cidr host) => Subnet.Contains(host) && host >= First && host <= Last;

    public bool Overlaps(AddressRange other) => First.Width == other.First.Width && First <= other.Last && other.First <= Last;

    /// <summary>As in <c>10.5.1.1-10.5.1.254</c>.</summary>
    public override string ToString() => $"{First.Address}-{Last.Address}";

    /// <summary>An address where there is one. IPv4 inside IPv6 (<c>::ffff:10.5.1.2</c>) is IPv4.</summary>
    private static Cidr? ReadHost(JsonElement json, string name) =>
        json.Text(name) is not { Length: > 0 } text ? null :
        Cidr.TryParseAddress(text, out var address) ? Canonical(address) :
        throw new CniException(CniException.DecodingFailure, $"invalid IP address: {text.Cut(80)}");

    public static Cidr Canonical(IPAddress address) => Cidr.Host(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static Cidr ReadSubnet(string text)
    {
        if (!Cidr.TryParse(text, out var subnet))
        {
            throw new CniException(CniException.DecodingFailure, $"invalid CIDR address: {text.Cut(80)}");
        }

        if (subnet.Width - subnet.PrefixLength < 2)
        {
            throw new CniException(CniException.InvalidConfig, $"Network {subnet} too small to allocate from");
        }

        if (subnet.Address.IsIPv4MappedToIPv6)
        {
            throw new CniException(CniException.InvalidConfig, "IPNet IP and Mask version mismatch");
        }

        return subnet == subnet.Network ? subnet : throw new CniException(
            CniException.InvalidConfig,
            $"Network has host bits set. For a subnet mask of length {subnet.PrefixLength} the network address is {subnet.Network.Address}");
    }

    private static CniException Outside(string end, Cidr host, Cidr subnet) => new(CniException.InvalidConfig, $"{end} {host.Address} not in network {subnet}");
}
