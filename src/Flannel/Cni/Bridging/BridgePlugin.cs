using Flannel.Cni.Netfilter;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>
/// Puts a container on a bridge of the host: a veth pair, addresses of the ipam plugin, the gateway's address on the bridge. Options, results and what it leaves in the
/// kernel are those of the standard plugin <c>bridge</c>, so either deletes and checks what the other made.
/// </summary>
public sealed class BridgePlugin : CniPlugin
{
    public override string Name => "bridge";

    /// <exception cref="CniException">The configuration makes no sense, or something stands in the way. What was done is undone.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public override CniResult Add(CniCall call)
    {
        var config = BridgeConfig.Read(call);
        config.RefuseContradictions();
        using var pod = PodNamespace.Open(call.Netns);
        using var host = new RtnetlinkSocket();
        return new Attachment(call, config, host, BridgeDevice.Ensure(host, config), pod).Make();
    }

    /// <summary>Removes the interface, then gives back its addresses, then the rules. A namespace or an interface that is gone is no fault.</summary>
    public override void Delete(CniCall call)
    {
        var config = BridgeConfig.Read(call);
        IReadOnlyList<Cidr> addresses = [];
        PodNamespace.TryRun(call.Netns, () => addresses = RemoveInterface(call.IfName));
        if (config.HasAddresses)
        {
            Delegates.Find(config.IpamType, call).Delete(call);
        }

        if (config.ChecksSpoofing)
        {
            RemoveSpoofCheck(call);
        }

        if (config.Masquerades && config.HasAddresses)
        {
            new PodMasquerade(call.Config.Name, call.IfName, call.ContainerId).TearDown(addresses);
        }
    }

    public override void Check(CniCall call)
    {
        var config = BridgeConfig.Read(call);
        using var pod = PodNamespace.Open(call.Netns);
        if (config.HasAddresses)
        {
            Delegates.Find(config.IpamType, call).Check(call);
        }

        using var host = new RtnetlinkSocket();
        new AttachmentCheck(call, config, host, pod).Run();
    }

    /// <summary>Has the ipam plugin free what no valid attachment holds, and removes the rules of such; devices go with their containers.</summary>
    public override void CollectGarbage(CniCall call)
    {
        Ipam(call)?.CollectGarbage(call);
        if (BridgeConfig.Read(call).Masquerades && call.Config.ValidAttachments is { } valid)
        {
            PodMasquerade.CollectGarbage(call.Config.Name, valid);
        }
    }

    public override void ReportStatus(CniCall call) => Ipam(call)?.ReportStatus(call);

    private static CniPlugin? Ipam(CniCall call) => call.Config.IpamType is { Length: > 0 } type ? Delegates.Find(type, call) : null;

    /// <summary>Removes the interface; returns the addresses it had, link-local ones aside.</summary>
    private static IReadOnlyList<Cidr> RemoveInterface(string name)
    {
        using var netlink = new RtnetlinkSocket();
        if (netlink.GetLink(name) is not { } link)
        {
            return [];
        }

        List<Cidr> addresses = [];
        foreach (var address in netlink.ListAddresses(link.Index))
        {
            if (address.Scope == AddressScope.Universe)
            {
                addresses.Add(address.Address);
            }
        }

        netlink.Execute(new RtnetlinkRequest(RequestVerb.Delete, link));
        return addresses;
    }

    // The container is off the bridge, so rules that stay match nothing; a host without nft must still get rid of its containers.
    private static void RemoveSpoofCheck(CniCall call)
    {
        try
        {
            new SpoofCheck(call.ContainerId, call.IfName).Remove();
        }
        catch (Exception fault) when (fault is CniException or LinuxException)
        {
            call.Diagnostics.WriteLine($"the spoof check of {call.ContainerId} stays: {fault.Message}");
        }
    }
}
