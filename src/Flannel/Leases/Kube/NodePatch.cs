using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Flannel.Leases.Kube;

/// <summary>What a daemon writes to its own node, as strategic merge patches of the node's status (store-kube.md §6 and §8).</summary>
internal static class NodePatch
{
    /// <summary>The patch that makes annotations those of a host with these attributes; null where they are already. What an operator wrote stays.</summary>
    public static ReadOnlyMemory<byte>? Annotate(IReadOnlyDictionary<string, string> present, LeaseAttributes attributes, NodeAnnotations names)
    {
        var missing = Wanted(present, attributes, names).Where(wanted => present.GetValueOrDefault(wanted.Key) != wanted.Value).ToList();
        if (missing.Count == 0)
        {
            return null;
        }

        return Write(json =>
        {
            json.WriteStartObject("metadata"u8);
            json.WriteStartObject("annotations"u8);
            missing.ForEach(annotation => json.WriteString(annotation.Key, annotation.Value));
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>The patch that clears the condition <c>NetworkUnavailable</c>, which keeps pods off the node until then.</summary>
    public static ReadOnlyMemory<byte> NetworkIsUp(DateTimeOffset now) => Write(json =>
    {
        var time = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        json.WriteStartObject("status"u8);
        json.WriteStartArray("conditions"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "NetworkUnavailable"u8);
        json.WriteString("status"u8, "False"u8);
        json.WriteString("reason"u8, "FlannelIsUp"u8);
        json.WriteString("message"u8, "Flannel is running on this node"u8);
        json.WriteString("lastTransitionTime"u8, time);
        json.WriteString("lastHeartbeatTime"u8, time);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static IEnumerable<KeyValuePair<string, string>> Wanted(
        IReadOnlyDictionary<string, string> present, LeaseAttributes attributes, NodeAnnotations names)
    {
        yield return new(names.Managed, NodeAnnotations.ManagedValue);
        yield return new(names.BackendType, attributes.BackendType);
        if (attributes.BackendType != "vxlan" || attributes.BackendData is not null)
        {
            var address = NodeLease.ReadAddress(present, names.PublicIPOverwrite, AddressFamily.InterNetwork) ?? attributes.PublicIP;
            yield return new(names.BackendData, DataOf(attributes.BackendData, attributes.BackendType));
            yield return new(names.PublicIP, (address ?? IPAddress.Any).ToString());
        }

        if (HasIPv6(attributes))
        {
            var address = NodeLease.ReadAddress(present, names.PublicIPv6Overwrite, AddressFamily.InterNetworkV6) ?? attributes.PublicIPv6!;
            yield return new(names.BackendV6Data, DataOf(attributes.BackendV6Data, attributes.BackendType));
            yield return new(names.PublicIPv6, address.ToString());
        }
    }

    private static bool HasIPv6(LeaseAttributes attributes) => attributes.PublicIPv6 is not null && attributes.BackendType switch
    {
        "vxlan" or "wireguard" => attributes.BackendV6Data is not null,
        "host-gw" or "extension" => true,
        _ => false,
    };

    private static string DataOf(string? data, string type) => data ?? (type == "extension" ? "" : "null");

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
