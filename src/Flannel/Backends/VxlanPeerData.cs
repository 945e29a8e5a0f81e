using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Backends;

/// <summary>What a vxlan host publishes per family (store-etcd.md §2): <c>{"VNI":1,"VtepMAC":"3e:11:22:33:44:55"}</c>.</summary>
internal static class VxlanPeerData
{
    public static string Write(int vni, MacAddress mac) => $$"""{"VNI":{{vni}},"VtepMAC":"{{mac}}"}""";

    /// <summary>
    /// The VTEP MAC of a peer, in either data shape (the VNI is not looked at). Null for anything that is not a unicast MAC in a JSON object.
    /// </summary>
    public static MacAddress? ReadMac(string? json)
    {
        if (json is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name.Equals("VtepMAC", StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind == JsonValueKind.String &&
                    MacAddress.TryParse(property.Value.GetString(), out var mac) && mac.IsUnicast)
                {
                    return mac;
                }
            }
        }
        catch (JsonException)
        {
            // Data of a peer is hostile until checked: what does not parse is no MAC.
        }

        return null;
    }
}
