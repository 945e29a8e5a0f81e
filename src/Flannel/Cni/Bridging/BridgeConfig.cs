using Flannel.Linux;

namespace Flannel.Cni.Bridging;

/// <summary>The options of the plugin <c>bridge</c>, as they stand in its configuration.</summary>
internal sealed record BridgeConfig
{
    private const int LargestVlan = 4094;

    /// <summary><c>bridge</c>: the name of the device.</summary>
    public required string Bridge { get; init; }

    /// <summary><c>isGateway</c>, which <c>isDefaultGateway</c> implies: the bridge has the gateway's address and packets are forwarded.</summary>
    public bool IsGateway { get; init; }

    /// <summary><c>isDefaultGateway</c>: the container's default route goes there.</summary>
    public bool IsDefaultGateway { get; init; }

    /// <summary><c>forceAddress</c>: an address of the bridge that is in the way of the gateway's goes.</summary>
    public bool ForceAddress { get; init; }

    /// <summary><c>ipMasq</c>: the container's packets to other networks have the host's address.</summary>
    public bool Masquerades { get; init; }

    /// <summary><c>ipMasqBackend</c>: <c>iptables</c> or <c>nftables</c>; null for what the host has.</summary>
    public string? MasqueradeBackend { get; init; }

    /// <summary><c>mtu</c> in bytes, of the pair and of a bridge that is made; 0 for the kernel's own.</summary>
    public int Mtu { get; init; }

    public bool HairpinMode { get; init; }

    /// <summary><c>promiscMode</c>, of the bridge.</summary>
    public bool PromiscuousMode { get; init; }

    /// <summary><c>vlan</c> of untagged frames; 0 for none.</summary>
    public int Vlan { get; init; }

    /// <summary><c>vlanTrunk</c>: the tagged ones, sorted, none twice.</summary>
    public IReadOnlyList<VlanRange> Trunk { get; init; } = [];

    /// <summary>Whether a bridge that is made keeps VLANs apart: there is <c>vlan</c>, or <c>vlanTrunk</c> however empty.</summary>
    public bool FiltersVlans { get; init; }

    public bool PreserveDefaultVlan { get; init; }

    /// <summary><c>macspoofchk</c>.</summary>
    public bool ChecksSpoofing { get; init; }

    public bool EnableDad { get; init; }

    /// <summary><c>disableContainerInterface</c>: the container's end is left down.</summary>
    public bool DisableContainerInterface { get; init; }

    public bool PortIsolation { get; init; }

    /// <summary>The container's MAC: of <c>runtimeConfig</c>, else of <c>args</c>, else of <c>CNI_ARGS</c>; null for a random one.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>The <c>type</c> of <c>ipam</c>; empty for a container without addresses.</summary>
    public required string IpamType { get; init; }

    /// <summary><c>dns</c>, which counts before what ipam says.</summary>
    public CniDns Dns { get; init; } = CniDns.None;

    public bool HasAddresses => IpamType.Length > 0;

    /// <exception cref="CniException">A value makes no sense.</exception>
    public static BridgeConfig Read(CniCall call)
    {
        var root = call.Config.Root;
        var isDefaultGateway = root.Flag("isDefaultGateway");
        var vlan = root.Integer("vlan");
        if (vlan is < 0 or > LargestVlan)
        {
            throw Fault($"invalid VLAN ID {vlan} (must be between 0 and {LargestVlan})");
        }

        return new BridgeConfig
        {
            Bridge = root.Text("bridge", "cni0"),
            IsGateway = root.Flag("isGateway") || isDefaultGateway,
            IsDefaultGateway = isDefaultGateway,
            ForceAddress = root.Flag("forceAddress"),
            Masquerades = root.Flag("ipMasq"),
            MasqueradeBackend = root.Text("ipMasqBackend") is { Length: > 0 } backend ? backend : null,
            Mtu = Math.Max(0, root.Integer("mtu")),
            HairpinMode = root.Flag("hairpinMode"),
            PromiscuousMode = root.Flag("promiscMode"),
            Vlan = vlan,
            Trunk = VlanRange.ReadAll(root),
            FiltersVlans = vlan != 0 || root.TryGetMember("vlanTrunk", out _),
            PreserveDefaultVlan = root.Flag("preserveDefaultVlan"),
            ChecksSpoofing = root.Flag("macspoofchk"),
            EnableDad = root.Flag("enabledad"),
            DisableContainerInterface = root.Flag("disableContainerInterface"),
            PortIsolation = root.Flag("portIsolation"),
            Mac = ReadMac(call),
            IpamType = call.Config.IpamType,
            Dns = CniResultJson.ReadDns(root.Object("dns")),
        };
    }

    /// <summary>Refuses options that cannot be together. Only an ADD asks: what is there must go whatever the configuration says.</summary>
    /// <exception cref="CniException">Two options contradict each other.</exception>
    public void RefuseContradictions()
    {
        if (HasAddresses && DisableContainerInterface)
        {
            throw Fault("cannot use IPAM when DisableContainerInterface flag is set");
        }

        if (HairpinMode && PromiscuousMode)
        {
            throw Fault("cannot set hairpin mode and promiscuous mode at the same time");
        }
    }

    private static MacAddress? ReadMac(CniCall call)
    {
        var text = call.Config.RuntimeConfig?.Text("mac") is { Length: > 0 } granted ? granted
            : call.Config.Root.Object("args")?.Object("cni")?.Text("mac") is { Length: > 0 } asked ? asked
            : CniArguments.Read(call.Args, "MAC", static _ => null);
        return string.IsNullOrEmpty(text) ? null
            : MacAddress.TryParse(text, out var mac) ? mac
            : throw Fault($"failed to make veth pair: address {text}: invalid MAC address");
    }

    private static CniException Fault(string message) => new(CniException.Internal, message);
}
