namespace Flannel.Config;

/// <summary>The options of the vxlan backend (config.md §5). <c>MacPrefix</c> and <c>Name</c> are for Windows hosts and not read.</summary>
public sealed record VxlanOptions
{
    // An outer packet carries at least the smallest IPv4 MTU and 50 bytes of encapsulation.
    private const int SmallestMtu = 68 + 50;

    /// <summary>The network identifier, 24 bits. Part of the device's name.</summary>
    public int Vni { get; init; } = 1;

    /// <summary>UDP destination port; 0 leaves the kernel's default, 8472.</summary>
    public int Port { get; init; }

    /// <summary>Carry the group policy of a packet (VXLAN-GBP). Must be the same on all hosts.</summary>
    public bool Gbp { get; init; }

    /// <summary>Plain routes to the hosts of the same link instead of encapsulation.</summary>
    public bool DirectRouting { get; init; }

    /// <summary>Let the device learn where a MAC lives from the packets it receives.</summary>
    public bool Learning { get; init; }

    /// <summary>The outer MTU in bytes, from which 50 are subtracted; 0 takes the MTU of the external interface.</summary>
    public int Mtu { get; init; }

    /// <summary>Our extension.</summary>
    public TxChecksumOffload TxChecksumOffload { get; init; }

    /// <exception cref="ConfigException">The JSON is not an object, or a value has the wrong type or range.</exception>
    public static VxlanOptions Parse(string backendJson)
    {
        var options = new OptionsReader(backendJson, "error decoding VXLAN backend config");
        return new VxlanOptions
        {
            Vni = options.Integer("VNI", 1, 0, 0xffffff),
            Port = options.Integer("Port", 0, 0, ushort.MaxValue),
            Gbp = options.Boolean("GBP", false),
            DirectRouting = options.Boolean("DirectRouting", false),
            Learning = options.Boolean("Learning", false),
            Mtu = options.Integer("MTU", 0, SmallestMtu, ushort.MaxValue),
            TxChecksumOffload = options.Choice("TxChecksumOffload", TxChecksumOffload.Auto),
        };
    }
}
