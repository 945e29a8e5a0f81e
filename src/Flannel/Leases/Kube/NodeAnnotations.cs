using System.Buffers;

namespace Flannel.Leases.Kube;

/// <summary>The names of the node annotations that carry leases, under one prefix (store-kube.md §4). All reads and writes use these.</summary>
public sealed class NodeAnnotations
{
    /// <summary>The value of <see cref="Managed"/> on a node that is a lease; no other counts.</summary>
    public const string ManagedValue = "true";

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");

    private NodeAnnotations(string prefix) => Prefix = prefix;

    /// <summary>What all names begin with, such as <c>flannel.alpha.coreos.com/</c> or <c>example.org/blue-</c>.</summary>
    public string Prefix { get; }

    public string Managed => field ??= Prefix + "kube-subnet-manager";

    public string BackendType => field ??= Prefix + "backend-type";

    /// <summary>The IPv4 part's data as JSON text; <c>null</c> where the backend has none.</summary>
    public string BackendData => field ??= Prefix + "backend-data";

    public string BackendV6Data => field ??= Prefix + "backend-v6-data";

    public string PublicIP => field ??= Prefix + "public-ip";

    public string PublicIPv6 => field ??= Prefix + "public-ipv6";

    /// <summary>Written by an operator: what <see cref="PublicIP"/> has to be, whatever the host itself announces.</summary>
    public string PublicIPOverwrite => field ??= Prefix + "public-ip-overwrite";

    public string PublicIPv6Overwrite => field ??= Prefix + "public-ipv6-overwrite";

    /// <summary>Written by an operator: acts like <c>--public-ip</c> when the daemon starts.</summary>
    public string NodePublicIP => field ??= Prefix + "node-public-ip";

    public string NodePublicIPv6 => field ??= Prefix + "node-public-ipv6";

    /// <summary>The names under a prefix as an operator writes it: a domain, and behind a slash, if wanted, the first part of the names.</summary>
    /// <exception cref="FormatException">It cannot be one. As with every release only the end of the domain is looked at.</exception>
    public static NodeAnnotations Under(string prefix)
    {
        var slash = prefix.IndexOf('/', StringComparison.Ordinal);
        if (slash != prefix.LastIndexOf('/'))
        {
            throw new FormatException("subnet/kube: prefix can contain at most single slash");
        }

        var domain = slash < 0 ? prefix : prefix[..slash];
        var name = slash < 0 ? "" : prefix[(slash + 1)..];
        if (name.Length > 0 && !name.EndsWith('-'))
        {
            name += '-';
        }

        return EndsAsDomain(domain) && IsFirstPart(name)
            ? new NodeAnnotations($"{domain}/{name}")
            : throw new FormatException("subnet/kube: prefix must be in a format: fqdn/[0-9a-z-_]*");
    }

    private static bool EndsAsDomain(string domain)
    {
        var dot = domain.LastIndexOf('.');
        return dot > 0 && dot < domain.Length - 1 && LabelCharacters.Contains(domain[dot - 1]) && !domain.AsSpan(dot + 1).ContainsAnyExcept(LabelCharacters);
    }

    private static bool IsFirstPart(string name) => name.Length == 0 || (name.Length > 1 && !name.AsSpan().ContainsAnyExcept(LabelCharacters));
}
