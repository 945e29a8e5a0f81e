using System.Net;

namespace Flannel.Leases;

/// <summary>The public addresses that an operator has fixed for this host in the store; they win over the daemon's own options. Null where there is none.</summary>
public sealed record AnnouncedAddresses(IPAddress? IPv4, IPAddress? IPv6)
{
    public static AnnouncedAddresses None { get; } = new(null, null);
}
