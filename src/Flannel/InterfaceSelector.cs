using System.Net;
using System.Net.Sockets;
using Flannel.Config;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel;

/// <summary>
/// Chooses the external interface (cli-and-env.md §9) from facts; it asks the kernel nothing itself, so it can be called again whenever the facts change.
/// </summary>
public sealed partial class InterfaceSelector
{
    private readonly InterfaceCriteria _criteria;
    private readonly HostNetwork _host;
    private readonly IPAddress? _publicIPv4;
    private readonly IPAddress? _publicIPv6;

    private InterfaceSelector(InterfaceCriteria criteria, HostNetwork host)
    {
        _criteria = criteria;
        _host = host;
        _publicIPv4 = ParsePublic(criteria.PublicIP, AddressFamily.InterNetwork, "--public-ip", "IPv4");
        _publicIPv6 = ParsePublic(criteria.PublicIPv6, AddressFamily.InterNetworkV6, "--public-ipv6", "IPv6");
    }

    /// <summary>The first selector that yields a complete interface wins; without selectors a public address, else the default route decides.</summary>
    /// <exception cref="HostException">None does. The message has the cause of each selector and all interfaces with their addresses.</exception>
    /// <exception cref="ConfigException">A public address is none of its family: waiting will not help.</exception>
    public static ExternalInterface Select(InterfaceCriteria criteria, HostNetwork host) => new InterfaceSelector(criteria, host).Select();

    private ExternalInterface Select()
    {
        if (!_criteria.EnableIPv4 && !_criteria.EnableIPv6)
        {
            throw new HostException("none defined stack: an interface is chosen for IPv4, for IPv6 or for both");
        }

        List<string> failures = [];
        foreach (var (selector, choice) in Choices())
        {
            var (found, failure) = choice.Link is { } link ? Finish(selector, choice, link) : (null, choice.Text);
            if (found is not null)
            {
                return found with { FailedSelectors = failures };
            }

            failures.Add($"{selector}: {failure}");
        }

        throw new HostException(
            $"Failed to find any valid interface to use: {string.Join("; ", failures)}. " +
            $"The interfaces of this host are {ListInterfaces()}; choose with --iface, --iface-regex or --iface-can-reach");
    }

    private IEnumerable<(string Selector, Choice Choice)> Choices()
    {
        if (!_criteria.HasSelectors)
        {
            yield return (_publicIPv4, _publicIPv6) switch
            {
                ({ } address, _) => ($"--public-ip {address}", ByAddress(address)),
                (null, { } address) => ($"--public-ipv6 {address}", ByAddress(address)),
                _ => ("default route", ByDefaultRoute()),
            };
            yield break;
        }

        foreach (var text in _criteria.Interfaces)
        {
            yield return ($"--iface {text}", Cidr.TryParseAddress(text, out var address) ? ByAddress(address) : ByName(text));
        }

        foreach (var pattern in _criteria.Patterns)
        {
            yield return ($"--iface-regex {pattern}", ByPattern(pattern));
        }

        if (_criteria.CanReach.Length > 0)
        {
            yield return ($"--iface-can-reach {_criteria.CanReach}", ByReach(_criteria.CanReach));
        }
    }

    /// <summary>Adds the addresses that the lookup did not fix.</summary>
    private (ExternalInterface? Found, string Failure) Finish(string selector, Choice choice, Link link)
    {
        if (link.Mtu == 0)
        {
            return (null, $"failed to determine the MTU of interface {link.Name}");
        }

        var ipv4 = _criteria.EnableIPv4 ? choice.IPv4 ?? Best(link, AddressFamily.InterNetwork) : null;
        var ipv6 = _criteria.EnableIPv6 ? choice.IPv6 ?? Best(link, AddressFamily.InterNetworkV6) : null;
        if (_criteria.EnableIPv4 && ipv4 is null)
        {
            return (null, $"failed to find IPv4 address for interface {link.Name}");
        }

        if (_criteria.EnableIPv6 && ipv6 is null)
        {
            return (null, $"failed to find IPv6 address for interface {link.Name}");
        }

        var others = choice.Others.Count > 0 ? $"; {string.Join(", ", choice.Others.Select(other => other.Name))} qualified too" : "";
        var found = new ExternalInterface
        {
            Name = link.Name,
            Index = link.Index,
            Mtu = link.Mtu,
            LocalIPv4 = ipv4,
            LocalIPv6 = ipv6,
            PublicIPv4 = _publicIPv4 ?? ipv4,
            PublicIPv6 = _publicIPv6 ?? ipv6,
            Reason = $"{selector}: {choice.Text}{others}",
        };
        return (found, "");
    }

    private IPAddress? Best(Link link, AddressFamily family) => _host.UsableAddresses(link, family) is [var best, ..] ? best : null;

    private string ListInterfaces() => string.Join(", ", _host.Links.Select(link =>
        $"{link.Name}:[{string.Join(' ', [.. _host.UsableAddresses(link, AddressFamily.InterNetwork), .. _host.UsableAddresses(link, AddressFamily.InterNetworkV6)])}]"));

    private static IPAddress? ParsePublic(string text, AddressFamily family, string flag, string familyName)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return Cidr.TryParseAddress(text, out var address) && address.AddressFamily == family
            ? address
            : throw new ConfigException($"Failed to find any valid interface to use: invalid public {familyName} address: {flag} is {text}");
    }

    /// <summary>What one lookup says: an interface and why, or no interface and why not. Addresses only where the lookup itself fixes them.</summary>
    private sealed record Choice(Link? Link, string Text)
    {
        public IPAddress? IPv4 { get; init; }

        public IPAddress? IPv6 { get; init; }

        /// <summary>Interfaces that satisfy the lookup as well but come later.</summary>
        public IReadOnlyList<Link> Others { get; init; } = [];

        public static Choice None(string reason) => new(null, reason);
    }
}
