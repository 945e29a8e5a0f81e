using System.Net;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Reconcile;

namespace Flannel.Backends;

/// <summary>Overlay in UDP (backends.md §3): a device per family and, for each peer, a neighbour, an fdb entry and a route.</summary>
internal sealed class VxlanBackend : Backend
{
    /// <summary>Ethernet, IPv4, UDP and vxlan headers. An IPv6 underlay takes 20 bytes more; the contract keeps 50 for what workloads are told.</summary>
    private const int Overhead = 50;

    /// <summary>The kernel gives no device a larger MTU than its underlay has room for: this much less over IPv6, <see cref="Overhead"/> less over IPv4.</summary>
    private const int OverheadV6 = 70;

    private readonly VxlanOptions _options;
    private readonly VxlanDevice? _v4;
    private readonly VxlanDevice? _v6;
    private readonly Func<IPAddress, string?> _directDevice;
    private readonly bool? _txChecksum;

    /// <param name="config">Decides the families.</param>
    /// <param name="external">The underlay device and its addresses.</param>
    /// <param name="options">Of this backend.</param>
    /// <param name="macOf">The MAC for a device name; must answer the same as long as the host lives.</param>
    /// <param name="directDevice">The device through which the kernel reaches an address without a gateway; null when there is a gateway or no route.</param>
    /// <param name="txChecksum">Transmit checksum offload of the devices; null leaves the kernel's choice.</param>
    public VxlanBackend(
        NetworkConfig config,
        ExternalInterface external,
        VxlanOptions options,
        Func<string, MacAddress> macOf,
        Func<IPAddress, string?> directDevice,
        bool? txChecksum)
        : base(config, external)
    {
        (_options, _directDevice, _txChecksum) = (options, directDevice, txChecksum);
        _v4 = config.EnableIPv4 ? Device(DeviceName(options.Vni, ipv6: false), external.LocalIPv4, macOf) : null;
        _v6 = config.EnableIPv6 ? Device(DeviceName(options.Vni, ipv6: true), external.LocalIPv6, macOf) : null;
    }

    public override string Type => "vxlan";

    public override int Mtu => (_options.Mtu > 0 ? _options.Mtu : External.Mtu) - Overhead;

    public override bool FollowsUnderlay => _options.DirectRouting;

    public override LeaseAttributes Attributes => base.Attributes with
    {
        BackendData = _v4 is null ? null : VxlanPeerData.Write(_v4.Vni, _v4.Mac),
        BackendV6Data = _v6 is null ? null : VxlanPeerData.Write(_v6.Vni, _v6.Mac),
    };

    public static string DeviceName(int vni, bool ipv6) => ipv6 ? $"flannel-v6.{vni}" : $"flannel.{vni}";

    public override HostPlan PlanHost(Lease own)
    {
        var objects = new List<KernelObject>();
        foreach (var (device, subnet) in new[] { (_v4, own.Key.IPv4), (_v6, own.Key.IPv6) })
        {
            if (device is not null)
            {
                objects.Add(device);
                objects.Add(new AddressObject(device.Name, subnet.Network.AsHost));
            }
        }

        return new HostPlan(objects, Scope([.. new[] { _v4, _v6 }.OfType<VxlanDevice>().Select(d => d.Name)]));
    }

    public override IReadOnlyList<KernelObject> PlanPeer(Lease peer)
    {
        var objects = new List<KernelObject>(3);
        foreach (var (subnet, publicAddress) in Paths(peer))
        {
            var (device, data) = subnet.IsIPv6 ? (_v6, peer.Attributes.BackendV6Data) : (_v4, peer.Attributes.BackendData);
            if (_options.DirectRouting && _directDevice(publicAddress) is { } direct)
            {
                objects.Add(new RouteObject(subnet, publicAddress, direct));
            }
            else if (device is not null && VxlanPeerData.ReadMac(data) is { } mac)
            {
                var gateway = subnet.Network.Address;
                objects.Add(new FdbObject(device.Name, mac, publicAddress));
                objects.Add(new NeighbourObject(device.Name, gateway, mac));
                objects.Add(new RouteObject(subnet, gateway, device.Name) { OnLink = true });
            }
        }

        return objects;
    }

    public override IEnumerable<PathDemand> PathDemands(Lease peer)
    {
        foreach (var (subnet, publicAddress) in Paths(peer))
        {
            if ((subnet.IsIPv6 ? _v6 : _v4) is { } device)
            {
                var headers = subnet.IsIPv6 ? OverheadV6 : Overhead;
                yield return new PathDemand(publicAddress, device.Mtu + headers, headers - Overhead);
            }
        }
    }

    public override string? Refuse(Lease peer)
    {
        if (Config.EnableIPv4 && !peer.Key.IPv4.IsEmpty && VxlanPeerData.ReadMac(peer.Attributes.BackendData) is null)
        {
            return $"its BackendData {Show(peer.Attributes.BackendData)} has no unicast VtepMAC";
        }

        if (Config.EnableIPv6 && !peer.Key.IPv6.IsEmpty && VxlanPeerData.ReadMac(peer.Attributes.BackendV6Data) is null)
        {
            return $"its BackendV6Data {Show(peer.Attributes.BackendV6Data)} has no unicast VtepMAC";
        }

        return null;
    }

    private static string Show(string? json) => json?.Cut(80) ?? "(absent)";

    private VxlanDevice Device(string name, IPAddress? local, Func<string, MacAddress> macOf) => new()
    {
        Name = name,
        Vni = _options.Vni,
        Parent = External.Name,
        Local = local,
        Port = _options.Port,
        Gbp = _options.Gbp,
        Learning = _options.Learning,
        Mtu = Math.Min(Mtu, External.Mtu - (local?.AddressFamily == AddressFamily.InterNetworkV6 ? OverheadV6 : Overhead)),
        Mac = macOf(name),
        TxChecksum = _txChecksum,
    };
}
