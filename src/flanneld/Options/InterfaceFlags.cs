namespace Flannel.Daemon.Options;

/// <summary>The flags that choose the interface to the other hosts.</summary>
internal sealed class InterfaceFlags(FlagSet flags)
{
    private readonly ValueFlag<IReadOnlyList<string>> _interfaces =
        flags.Strings("iface", "interface to the other hosts, by name or address; may be given several times, the first that is found is used");

    private readonly ValueFlag<IReadOnlyList<string>> _patterns =
        flags.Strings("iface-regex", "regular expression over the addresses, then the names, of interfaces; may be given several times; tried after all -iface");

    private readonly ValueFlag<string> _canReach =
        flags.String("iface-can-reach", "", "use the interface the kernel would reach this address through; tried last");

    private readonly ValueFlag<string> _publicIP = flags.String("public-ip", "", "IPv4 address announced to the other hosts");

    private readonly ValueFlag<string> _publicIPv6 = flags.String("public-ipv6", "", "IPv6 address announced to the other hosts");

    public InterfaceOptions Read() => new()
    {
        Interfaces = _interfaces.Value,
        Patterns = _patterns.Value,
        CanReach = _canReach.Value,
        PublicIP = _publicIP.Value,
        PublicIPv6 = _publicIPv6.Value,
    };
}
