using Flannel.Cni.Netfilter;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>
/// One ADD: a container's interface from nothing to its result. Whatever fails undoes the steps before it. A kill leaves what a DEL finds: the pair by its name in the
/// container, the addresses by the container's id, the rules by both.
/// </summary>
internal sealed class Attachment(CniCall call, BridgeConfig config, RtnetlinkSocket host, Link bridge, Netns pod)
{
    /// <summary>A port's carrier comes in a moment; a host that is very busy may take longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.55);

    private readonly Stack<Action> _undo = new();
    private readonly MacAddress _mac = config.Mac ?? MacAddress.Random();
    private AddressPlan _plan = new([], [], []);
    private CniDns _dns = config.Dns;
    private Link? _vlanGateway;

    public CniResult Make()
    {
        try
        {
            var port = MakePair();
            if (config.HasAddresses)
            {
                Lease(port);
            }
            else
            {
                Connect(port);
            }

            BringUp(port);
            Masquerade();
            return ResultWith(AwaitCarrier(port.Index));
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private Link MakePair()
    {
        var port = PodPair.Make(host, new VethPeer(call.IfName) { Netns = pod, Mtu = config.Mtu, Mac = _mac }, config.Mtu);
        _undo.Push(() => host.Execute(new RtnetlinkRequest(RequestVerb.Delete, port)));
        if (config.ChecksSpoofing)
        {
            var check = new SpoofCheck(call.ContainerId, call.IfName);
            check.Install(port.Name, _mac);
            _undo.Push(check.Remove);
        }

        return port;
    }

    private void Connect(Link port) => host.ExecuteAll([.. PodPair.Connect(port, bridge, config)]);

    private void Lease(Link port)
    {
        var ipam = Delegates.Find(config.IpamType, call);

        // What is not known to look into files only may ask over the interface, as dhcp does. Otherwise the bridge's address is seen to before this is a port: then
        // whoever finds a port knows that a container uses the bridge as it is, also when many containers come at once to a bridge of an earlier subnet.
        var asksOverPort = config.IpamType is not ("host-local" or "static");
        if (asksOverPort)
        {
            Connect(port);
        }

        var leased = ipam.Add(call);
        _undo.Push(() => ipam.Delete(call));
        if (leased.Ips.Count == 0)
        {
            throw new CniException(CniException.Internal, "IPAM plugin returned missing IP config");
        }

        _plan = AddressPlan.Of(leased, config);
        _dns = config.Dns.IsEmpty ? leased.Dns : config.Dns;
        BeGateway(port);
        if (!asksOverPort)
        {
            Connect(port);
        }
    }

    private void BeGateway(Link port)
    {
        if (_plan.Gateways.Count == 0)
        {
            return;
        }

        _vlanGateway = config.Vlan == 0 ? null : VlanGateway.Ensure(host, bridge, config);
        var device = _vlanGateway ?? bridge;
        var address = new GatewayAddress(host, device, CountPods, config.ForceAddress);
        foreach (var gateway in _plan.Gateways)
        {
            address.Ensure(gateway);
            var setting = gateway.IsIPv6 ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward";
            if (!Sysctl.TrySet(setting, "1"))
            {
                throw new CniException(CniException.Internal, $"failed to enable forwarding: cannot set {setting} to 1");
            }
        }

        int CountPods() => host.ListLinks().Count(link => link.Master == bridge.Index && link.Index != port.Index && link.Index != device.PeerIndex);
    }

    private void BringUp(Link port)
    {
        if (config.DisableContainerInterface)
        {
            return;
        }

        var end = new PodInterface(call.IfName, port.PeerIndex, config.EnableDad);
        try
        {
            pod.Run(() =>
            {
                if (config.HasAddresses)
                {
                    end.Configure(_plan);
                }
                else
                {
                    end.BringUp();
                }
            });
        }
        catch (LinuxException refusal)
        {
            throw new CniException(CniException.Internal, $"failed to configure \"{call.IfName}\" in {call.Netns}: {refusal.Message}", cause: refusal);
        }
    }

    private void Masquerade()
    {
        if (config.Masquerades && config.HasAddresses)
        {
            var rules = new PodMasquerade(call.Config.Name, call.IfName, call.ContainerId);
            Cidr[] addresses = [.. _plan.Ips.Select(ip => ip.Address)];
            _undo.Push(() => rules.TearDown(addresses));
            rules.SetUp(addresses, config.MasqueradeBackend);
        }
    }

    private Link AwaitCarrier(int index)
    {
        var port = Look();
        if (!config.DisableContainerInterface && !Settling.Until(IsUp, Patience))
        {
            throw new CniException(CniException.Internal, $"bridge port in error state: {NameOf(port.OperationalState)}");
        }

        return port;

        bool IsUp() => (port = Look()).OperationalState == OperationalState.IF_OPER_UP;

        Link Look() => host.GetLink(index) ?? throw new CniException(CniException.Internal, $"failed to lookup the host's end of \"{call.IfName}\": Link not found");
    }

    private static string NameOf(OperationalState state) => state switch
    {
        OperationalState.IF_OPER_NOTPRESENT => "not-present",
        OperationalState.IF_OPER_DOWN => "down",
        OperationalState.IF_OPER_LOWERLAYERDOWN => "lower-layer-down",
        OperationalState.IF_OPER_TESTING => "testing",
        OperationalState.IF_OPER_DORMANT => "dormant",
        OperationalState.IF_OPER_UP => "up",
        _ => "unknown",
    };

    // The MAC of a bridge may change with its first port, that of a port when udev has a say.
    private CniResult ResultWith(Link port)
    {
        var present = host.GetLink(bridge.Index) ?? bridge;
        List<CniInterface> interfaces =
        [
            new(present.Name) { Mac = $"{present.Mac}" },
            new(port.Name) { Mac = $"{port.Mac}" },
            new(call.IfName) { Mac = $"{_mac}", Sandbox = call.Netns },
        ];
        if (_vlanGateway is { } gateway)
        {
            interfaces.Add(new(gateway.Name) { Mac = $"{gateway.Mac}" });
        }

        return new CniResult { Interfaces = interfaces, Ips = _plan.Ips, Routes = _plan.Routes, Dns = _dns };
    }

    private void Undo()
    {
        while (_undo.TryPop(out var step))
        {
            try
            {
                step();
            }
            catch (Exception fault) when (fault is CniException or LinuxException or FirewallException or IOException)
            {
                call.Diagnostics.WriteLine($"cannot undo a step of an ADD that failed, DEL will: {fault.Message}");
            }
        }
    }
}
