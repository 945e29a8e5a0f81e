using System.Net.Sockets;
using Flannel.Cni.Netfilter;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.PortMapping;

/// <summary>
/// The plugin <c>portmap</c>: leads ports of the host to a container that plugins before it in the chain have attached. It writes what the standard plugin writes, so that
/// either can check and delete what the other made. It reserves no port: a later mapping of the same port is not reached.
/// </summary>
public sealed partial class PortmapPlugin : CniPlugin
{
    private readonly string _variant;

    public PortmapPlugin()
        : this("")
    {
    }

    /// <param name="variant">See <see cref="NatTable"/>.</param>
    internal PortmapPlugin(string variant) => _variant = variant;

    public override string Name => "portmap";

    public override CniResult Add(CniCall call)
    {
        var config = PortmapConfig.Read(call);
        var result = call.Config.PreviousResult ?? throw new CniException(CniException.InvalidConfig, "must be called as chained plugin");
        if (config.Mappings.Count == 0)
        {
            return result;
        }

        var backend = Choose(config);
        foreach (var address in config.Addresses)
        {
            Forward(config, address, backend);

            // After the rules, so that the next packet meets them.
            ForgetConnections(call, config, address.Family);
            if (!address.IsIPv6 && config.MasqueradesLocal)
            {
                RouteLoopback(address);
            }
        }

        return result;
    }

    public override void Delete(CniCall call)
    {
        var config = PortmapConfig.Read(call);
        if (config.Mappings.Count == 0)
        {
            return;
        }

        // Without a backend in the configuration the one of now need not be the one of then.
        if (config.Backend != RuleBackends.Iptables)
        {
            DeleteNftables(config);
        }

        if (config.Backend != RuleBackends.Nftables)
        {
            DeleteIptables(config);
        }
    }

    public override void Check(CniCall call)
    {
        var config = PortmapConfig.Read(call);
        if (call.Config.PreviousResult is null)
        {
            throw new CniException(CniException.InvalidConfig, "Required prevResult missing");
        }

        if (config.Mappings.Count == 0)
        {
            return;
        }

        var backend = Choose(config);
        foreach (var address in config.Addresses)
        {
            var missing = backend == RuleBackend.Iptables ? MissingFromIptables(config, address) : MissingFromNftables(config, address);
            if (missing is not null)
            {
                throw new CniException(CniException.Internal, $"port mappings of {address.Address}: {missing}");
            }
        }
    }

    /// <summary>
    /// Deletes the mappings of containers that have no valid attachment to this network. Those of nftables stay: they do not say of which network they are, and a container
    /// of another may well live.
    /// </summary>
    public override void CollectGarbage(CniCall call)
    {
        if (call.Config.ValidAttachments is not { } valid)
        {
            return;
        }

        foreach (var isIPv6 in (bool[])[false, true])
        {
            var table = new NatTable(isIPv6, _variant);
            if (table.IsInUse && table.IsInstalled)
            {
                table.Change(present => IptablesPortMap.Garbage(present, call.Config.Name, valid));
            }
        }
    }

    private RuleBackend Choose(PortmapConfig config)
    {
        var backend = RuleBackends.Choose(config.Backend, _variant)!.Value;
        config.RequireOptionsOf(backend);
        return backend;
    }

    private void Forward(PortmapConfig config, Cidr address, RuleBackend backend)
    {
        if (backend == RuleBackend.Iptables)
        {
            IptablesPortMap.Chain(config, address).Install(new NatTable(address.IsIPv6, _variant));
        }
        else
        {
            NftablesPortMap.Script(config, address, RulesOf(config, address.IsIPv6)).Run();
        }
    }

    /// <summary>
    /// Packets of a UDP "connection" that began before the mapping would go past it for as long as they come. A fault is not the container's: it is only told.
    /// </summary>
    private static void ForgetConnections(CniCall call, PortmapConfig config, AddressFamily family)
    {
        ushort[] ports = [.. config.Mappings.Where(mapping => mapping.Protocol == "udp").Select(mapping => (ushort)mapping.HostPort)];
        if (ports.Length == 0)
        {
            return;
        }

        try
        {
            using var conntrack = new ConntrackSocket();
            foreach (var port in ports)
            {
                conntrack.Delete(family, ProtocolType.Udp, port);
            }
        }
        catch (LinuxException exception)
        {
            call.Diagnostics.WriteLine($"failed to delete stale UDP conntrack entries for {config.ContainerId}: {exception.Message}");
        }
    }

    /// <summary>Lets packets of the host from 127.0.0.1 out of the device that leads to the container; the kernel drops them else.</summary>
    private static void RouteLoopback(Cidr address)
    {
        using var netlink = new RtnetlinkSocket();
        if (DeviceTo(netlink, address) is { } device && !Sysctl.TrySet($"net/ipv4/conf/{device}/route_localnet", "1"))
        {
            throw new CniException(CniException.Internal, $"unable to enable route_localnet: net.ipv4.conf.{device}.route_localnet cannot be set");
        }
    }

    private static string? DeviceTo(RtnetlinkSocket netlink, Cidr address)
    {
        try
        {
            return netlink.GetLink(netlink.GetRoute(address.Address).LinkIndex)?.Name;
        }
        catch (NetlinkException)
        {
            // No way there: nothing to open for now.
            return null;
        }
    }
}
