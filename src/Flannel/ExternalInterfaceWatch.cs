using System.Net;

namespace Flannel;

/// <summary>
/// Follows the external interface once it was chosen. The choice itself stays: a default route that a VPN adds later does not move the fabric. What may change is
/// the interface's index (it went away and came back), its MTU and its addresses.
/// </summary>
public static class ExternalInterfaceWatch
{
    /// <summary>The same interface as it is now.</summary>
    /// <exception cref="HostException">It is gone, or has no usable address; it may come back.</exception>
    public static ExternalInterface Refresh(ExternalInterface current, InterfaceCriteria criteria, HostNetwork host)
    {
        var link = host.Links.FirstOrDefault(l => l.Name == current.Name)
            ?? throw new HostException($"the external interface {current.Name} is gone");
        var kept = Has(current.LocalIPv4) && Has(current.LocalIPv6);
        var chosen = kept ? current : InterfaceSelector.Select(criteria with { Interfaces = [current.Name], Patterns = [], CanReach = "" }, host);
        return chosen with { Index = link.Index, Mtu = link.Mtu };

        bool Has(IPAddress? address) => address is null || host.Addresses.Any(a => a.LinkIndex == link.Index && a.Address.Address.Equals(address));
    }

    /// <summary>Whether two differ in anything that a backend is made from.</summary>
    public static bool Differs(ExternalInterface a, ExternalInterface b) =>
        (a.Name, a.Index, a.Mtu) != (b.Name, b.Index, b.Mtu) || !Equals(a.LocalIPv4, b.LocalIPv4) || !Equals(a.LocalIPv6, b.LocalIPv6) ||
        !Equals(a.PublicIPv4, b.PublicIPv4) || !Equals(a.PublicIPv6, b.PublicIPv6);
}
