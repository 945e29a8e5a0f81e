using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Flannel.Linux.Rtnetlink;

namespace Flannel;

public sealed partial class InterfaceSelector
{
    // Addresses first, names only if no address of any interface matches.
    private Choice ByPattern(string pattern)
    {
        if (!TryCompile(pattern, out var regex, out var error))
        {
            return Choice.None($"not a regular expression: {error}");
        }

        var matches = _host.Links.Select(link => MatchAddresses(link, regex)).OfType<Choice>().ToList();
        if (matches.Count == 0)
        {
            matches = [.. _host.Links.Where(link => regex.IsMatch(link.Name)).Select(link => new Choice(link, $"the name {link.Name} matches"))];
        }

        return matches.Count > 0
            ? matches[0] with { Others = [.. matches.Skip(1).Select(other => other.Link!)] }
            : Choice.None("no address and no name of an interface matches");
    }

    private Choice? MatchAddresses(Link link, Regex regex)
    {
        var ipv4 = Match(_criteria.EnableIPv4, AddressFamily.InterNetwork);
        var ipv6 = Match(_criteria.EnableIPv6, AddressFamily.InterNetworkV6);
        if (_criteria.EnableIPv4 && ipv4 is null || _criteria.EnableIPv6 && ipv6 is null)
        {
            return null;
        }

        return new Choice(link, $"{link.Name} has {string.Join(" and ", new[] { ipv4, ipv6 }.OfType<IPAddress>())}, which matches") { IPv4 = ipv4, IPv6 = ipv6 };

        IPAddress? Match(bool enabled, AddressFamily family) =>
            enabled ? _host.UsableAddresses(link, family).FirstOrDefault(address => regex.IsMatch(address.ToString())) : null;
    }

    // The engine without backtracking takes the same class of expressions as RE2, the one of the contract, and refuses look-around and back-references.
    private static bool TryCompile(string pattern, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (regex, error) = (new Regex(FromRE2(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), null);
            return true;
        }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException)
        {
            (regex, error) = (null, refused.Message);
            return false;
        }
    }

    // What RE2 spells otherwise: without this, [[:digit:]] would mean a colon, a bracket or one of four letters.
    private static string FromRE2(string pattern) => pattern
        .Replace("(?P<", "(?<", StringComparison.Ordinal)
        .Replace("[:digit:]", "0-9", StringComparison.Ordinal)
        .Replace("[:xdigit:]", "0-9A-Fa-f", StringComparison.Ordinal)
        .Replace("[:alpha:]", "A-Za-z", StringComparison.Ordinal)
        .Replace("[:alnum:]", "0-9A-Za-z", StringComparison.Ordinal)
        .Replace("[:lower:]", "a-z", StringComparison.Ordinal)
        .Replace("[:upper:]", "A-Z", StringComparison.Ordinal);
}
