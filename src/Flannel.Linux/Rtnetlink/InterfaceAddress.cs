using System.Net;

namespace Flannel.Linux.Rtnetlink;

/// <summary>An address on a device, as in <c>ip address show</c>. <see cref="Address"/> keeps its host bits: <c>10.5.72.1/24</c>.</summary>
public sealed record InterfaceAddress(int LinkIndex, Cidr Address, AddressScope Scope = AddressScope.Universe, AddressFlags Flags = AddressFlags.IFA_F_PERMANENT)
{
    /// <summary>IFA_BROADCAST, which the kernel does not derive by itself. Only in requests.</summary>
    public IPAddress? Broadcast { get; init; }
}

/// <summary>rtm_scope and ifa_scope (linux/rtnetlink.h).</summary>
public enum AddressScope : byte
{
    Universe = 0, // RT_SCOPE_UNIVERSE
    Site = 200, // RT_SCOPE_SITE
    Link = 253, // RT_SCOPE_LINK
    Host = 254, // RT_SCOPE_HOST
    Nowhere = 255, // RT_SCOPE_NOWHERE
}

/// <summary>IFA_FLAGS (linux/if_addr.h).</summary>
[Flags]
public enum AddressFlags
{
    None = 0,
    IFA_F_SECONDARY = 0x01, // the same bit is IFA_F_TEMPORARY for IPv6
    IFA_F_NODAD = 0x02,
    IFA_F_DADFAILED = 0x08,
    IFA_F_DEPRECATED = 0x20,
    IFA_F_TENTATIVE = 0x40,
    IFA_F_PERMANENT = 0x80,
    IFA_F_NOPREFIXROUTE = 0x200,
}
