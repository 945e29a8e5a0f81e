using System.Net;
using Flannel.Config;
using Flannel.Leases;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Backends;

/// <summary>Makes the backend that the network config names, from facts of the kernel and of the own lease.</summary>
/// <param name="socket">For looking at devices and routes.</param>
/// <param name="published">What this host published before it started, or null: a MAC that peers know already is kept.</param>
public sealed class BackendFactory(RtnetlinkSocket socket, LeaseAttributes? published)
{
    /// <summary>The names are the contract's; case does not count.</summary>
    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vxlan"] = new(
            config => VxlanOptions.Parse(config.BackendJson), (factory, config, external) => factory.Vxlan(config, external)),
        ["host-gw"] = new(_ => { }, (_, config, external) => new HostGwBackend(config, external)),
        ["alloc"] = new(_ => { }, (_, config, external) => new AllocBackend(config, external)),
    };

    private readonly Dictionary<string, MacAddress> _macs = [];

    /// <summary>Checks type and options, as far as that needs no host.</summary>
    /// <exception cref="ConfigException">The type is unknown, or the options are wrong.</exception>
    public static void Check(NetworkConfig config) => KindOf(config).Check(config);

    /// <exception cref="ConfigException">The type is unknown, the options are wrong, or the backend can not work on this host.</exception>
    public Backend Create(NetworkConfig config, ExternalInterface external) => KindOf(config).Create(this, config, external);

    private static Kind KindOf(NetworkConfig config) => Kinds.TryGetValue(config.BackendType, out var kind)
        ? kind
        : throw new ConfigException(
            $"unknown backend type: {config.BackendType}; known here: {string.Join(", ", Kinds.Keys)}. Set Backend.Type in the network config");

    private VxlanBackend Vxlan(NetworkConfig config, ExternalInterface external)
    {
        var options = VxlanOptions.Parse(config.BackendJson);
        return new VxlanBackend(config, external, options, MacOf, DirectDevice, TxChecksum(options.TxChecksumOffload));
    }

    /// <summary>
    /// Kernels before 5.7 compute the checksum of an encapsulated packet wrongly when it is masqueraded with a random port, and the packet is lost: there "auto" turns
    /// the offload off. Later kernels are left alone.
    /// </summary>
    private static bool? TxChecksum(TxChecksumOffload option) => option switch
    {
        TxChecksumOffload.On => true,
        TxChecksumOffload.Off => false,
        _ => KernelVersion.Current.IsAtLeast(5, 7) ? null : false,
    };

    /// <summary>
    /// The MAC of a vxlan device, once chosen kept for good: the device's own if it exists, else the one in the lease (it survives a reboot), else a random one.
    /// </summary>
    private MacAddress MacOf(string device)
    {
        if (_macs.TryGetValue(device, out var mac))
        {
            return mac;
        }

        var data = device.StartsWith("flannel-v6.", StringComparison.Ordinal) ? published?.BackendV6Data : published?.BackendData;
        var existing = socket.GetLink(device) is { Kind: "vxlan", Mac: { IsUnicast: true } found } ? found : (MacAddress?)null;
        return _macs[device] = existing ?? VxlanPeerData.ReadMac(data) ?? MacAddress.Random();
    }

    private string? DirectDevice(IPAddress address)
    {
        try
        {
            var route = socket.GetRoute(address);
            return route is { Gateway: null, IsMultipath: false, Type: RouteType.RTN_UNICAST } ? socket.GetLink(route.LinkIndex)?.Name : null;
        }
        catch (NetlinkException)
        {
            return null; // no route at all: the overlay is tried
        }
    }

    /// <summary>What one type name stands for.</summary>
    private sealed record Kind(Action<NetworkConfig> Check, Func<BackendFactory, NetworkConfig, ExternalInterface, Backend> Create);
}
