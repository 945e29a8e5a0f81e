using System.Globalization;
using System.Net;

namespace Flannel.Stores.Kube;

/// <summary>The environment's proxies as programs in Go read them (golang.org/x/net/http/httpproxy), which is what operators of clusters write them for.</summary>
internal static class ProxyEnvironment
{
    /// <summary>The proxy on the way to a server; null for none.</summary>
    /// <exception cref="KubeException">The variable has no URL.</exception>
    public static Uri? For(Uri server, Func<string, string?> environment)
    {
        var name = server.Scheme == Uri.UriSchemeHttps ? "HTTPS_PROXY" : "HTTP_PROXY";
        var value = Read(name);
        return value.Length == 0 || IsLocal(server) || Read("NO_PROXY").Split(',').Any(rule => Excepts(rule.Trim(), server)) ? null : Parse(value, name);

        string Read(string variable) => environment(variable) is { Length: > 0 } upper ? upper : environment(variable.ToLowerInvariant()) ?? "";
    }

    /// <summary>A proxy's URL; without a scheme it is one of HTTP.</summary>
    /// <exception cref="KubeException">It is no URL of a proxy; its text, which may have a password, is not repeated.</exception>
    public static Uri Parse(string text, string origin) =>
        Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var proxy)
        && proxy.Scheme is "http" or "https" or "socks5" && proxy.Host.Length > 0
            ? proxy
            : throw new KubeException($"{origin}: not an http://, https:// or socks5:// URL of a proxy", isTransient: false);

    private static bool IsLocal(Uri server) =>
        server.IdnHost.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(server.IdnHost, out var address) && IPAddress.IsLoopback(address));

    private static bool Excepts(string rule, Uri server)
    {
        if (rule == "*")
        {
            return true;
        }

        if (IPAddress.TryParse(server.IdnHost, out var address) && rule.Split('/') is [var start, var length])
        {
            return IPAddress.TryParse(start, out var network) && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
                && Covers(network.GetAddressBytes(), bits, address.GetAddressBytes());
        }

        return SplitPort(rule) is { Host.Length: > 0 } split && (split.Port is null || split.Port == server.Port) && Names(split.Host, server.IdnHost, address);
    }

    private static bool Covers(byte[] network, int bits, byte[] address)
    {
        if (network.Length != address.Length || bits > 8 * network.Length)
        {
            return false;
        }

        var (whole, rest) = int.DivRem(bits, 8);
        return network.AsSpan(0, whole).SequenceEqual(address.AsSpan(0, whole)) && (rest == 0 || (network[whole] ^ address[whole]) >> (8 - rest) == 0);
    }

    private static (string Host, int? Port) SplitPort(string rule)
    {
        if (IPAddress.TryParse(rule, out _))
        {
            return (rule, null);
        }

        var colon = rule.LastIndexOf(':');
        return colon >= 0 && int.TryParse(rule.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? (rule[..colon], port) : (rule, null);
    }

    // A leading dot, or "*.", leaves out the domain itself.
    private static bool Names(string rule, string host, IPAddress? address)
    {
        if (address is not null)
        {
            return IPAddress.TryParse(rule, out var same) && same.Equals(address);
        }

        var suffix = rule.StartsWith("*.", StringComparison.Ordinal) ? rule[1..] : rule;
        return suffix.StartsWith('.')
            ? host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            : host.Equals(suffix, StringComparison.OrdinalIgnoreCase) || host.EndsWith($".{suffix}", StringComparison.OrdinalIgnoreCase);
    }
}
