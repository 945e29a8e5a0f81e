using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Flannel.Config;
using Flannel.Linux;

namespace Flannel.Leases.Kube;

/// <summary>Reads the lease in a node's annotations and pod networks (store-kube.md §7). Whatever is not as it must be is a reason, never a fault.</summary>
/// <param name="names">The names of the annotations.</param>
/// <param name="config">Decides which families a lease needs; null takes those it has.</param>
internal sealed class NodeLease(NodeAnnotations names, NetworkConfig? config = null)
{
    /// <summary>Longest type that is read, in characters.</summary>
    private const int LongestType = 64;

    /// <summary>Whether the node says that it is a lease.</summary>
    public bool IsManaged(IReadOnlyDictionary<string, string> annotations) =>
        annotations.TryGetValue(names.Managed, out var managed) && managed == NodeAnnotations.ManagedValue;

    /// <summary>What the annotations say. Without the public address of a family the config has on there is no lease, whatever the pod networks are.</summary>
    public bool TryRead(
        IReadOnlyDictionary<string, string> annotations, [NotNullWhen(true)] out LeaseAttributes? attributes, [NotNullWhen(false)] out string? reason)
    {
        var type = annotations.GetValueOrDefault(names.BackendType, "");
        var data = annotations.GetValueOrDefault(names.BackendData, "");
        var dataV6 = annotations.GetValueOrDefault(names.BackendV6Data, "");
        attributes = new LeaseAttributes
        {
            PublicIP = ReadAddress(annotations, names.PublicIP, AddressFamily.InterNetwork),
            PublicIPv6 = ReadAddress(annotations, names.PublicIPv6, AddressFamily.InterNetworkV6),
            BackendType = Shared(type),
            BackendData = DataOf(data),
            BackendV6Data = DataOf(dataV6),
        };
        reason = type.Length > LongestType ? $"{names.BackendType} has more than {LongestType} characters"
            : CheckJson(names.BackendData, data) ??
            CheckJson(names.BackendV6Data, dataV6) ??
            CheckAddress(config?.EnableIPv4, names.PublicIP, attributes.PublicIP) ??
            CheckAddress(config?.EnableIPv6, names.PublicIPv6, attributes.PublicIPv6) ??
            (attributes is { PublicIP: null, PublicIPv6: null } ? "it has no public address" : null);
        return reason is null;
    }

    /// <summary>The lease of these attributes and networks, with the families the config has on, and a pod network in each.</summary>
    public bool TryJoin(LeaseAttributes attributes, LeaseKey networks, [NotNullWhen(true)] out Lease? lease, [NotNullWhen(false)] out string? reason)
    {
        var key = new LeaseKey(
            config?.EnableIPv4 ?? attributes.PublicIP is not null ? networks.IPv4 : default,
            config?.EnableIPv6 ?? attributes.PublicIPv6 is not null ? networks.IPv6 : default);
        reason = config is { EnableIPv4: true } && key.IPv4.IsEmpty ? "it has no IPv4 pod cidr"
            : config is { EnableIPv6: true } && key.IPv6.IsEmpty ? "it has no IPv6 pod cidr"
            : key.IsEmpty ? "it has no pod cidr in the family of its public address"
            : null;
        lease = reason is null ? new Lease(key, attributes) : null;
        return reason is null;
    }

    /// <summary>The address in an annotation; null where there is none, or what is no address of that family. The unspecified address means none.</summary>
    public static IPAddress? ReadAddress(IReadOnlyDictionary<string, string> annotations, string name, AddressFamily family) =>
        annotations.TryGetValue(name, out var text) && Cidr.TryParseAddress(text, out var address) && address.AddressFamily == family &&
        !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
            ? address
            : null;

    private static string? CheckAddress(bool? isNeeded, string name, IPAddress? address) => isNeeded == true && address is null ? $"{name} is no address" : null;

    private static string? CheckJson(string name, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (text.Length > LeaseJson.LongestValue)
        {
            return $"{name} has more than {LeaseJson.LongestValue} characters";
        }

        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException)
        {
            return $"{name} is not JSON";
        }
    }

    /// <summary>Both an empty text and the JSON null stand for no data.</summary>
    private static string? DataOf(string text) => text is "" or "null" ? null : text;

    /// <summary>The types that thousands of peers share are one string each.</summary>
    private static string Shared(string type) => type switch { "vxlan" => "vxlan", "host-gw" => "host-gw", _ => type };
}
