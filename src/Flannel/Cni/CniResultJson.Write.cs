using System.Net;
using System.Text.Json;

namespace Flannel.Cni;

public static partial class CniResultJson
{
    /// <summary>Writes a result the way the version wants it, members in the order all plugins have. What a version cannot say is left out.</summary>
    /// <exception cref="CniException">0.1 and 0.2 need an address, and there is none: code 999.</exception>
    public static void Write(Utf8JsonWriter json, CniResult result, CniVersion version)
    {
        json.WriteStartObject();
        json.WriteString("cniVersion"u8, version.ToString());
        if (version >= CniVersion.V100)
        {
            WriteLatest(json, result);
        }
        else if (version >= CniVersion.V030)
        {
            WriteWithFamily(json, result);
        }
        else
        {
            WriteFamilies(json, result);
        }

        json.WriteEndObject();
    }

    // Members of all objects in the order of the alphabet, no empty dns.
    private static void WriteLatest(Utf8JsonWriter json, CniResult result)
    {
        if (!result.Dns.IsEmpty)
        {
            WriteSortedDns(json, result.Dns);
        }

        WriteList(json, "interfaces", result.Interfaces, static (json, item) =>
        {
            WriteText(json, "mac", item.Mac);
            WriteNumber(json, "mtu", item.Mtu);
            json.WriteString("name"u8, item.Name);
            WriteText(json, "pciID", item.PciId);
            WriteText(json, "sandbox", item.Sandbox);
            WriteText(json, "socketPath", item.SocketPath);
        });
        WriteList(json, "ips", result.Ips, static (json, item) =>
        {
            json.WriteString("address"u8, item.Address.ToString());
            WriteAddress(json, "gateway", item.Gateway);
            WriteOptional(json, "interface", item.Interface);
        });
        WriteList(json, "routes", result.Routes, static (json, item) =>
        {
            WriteNumber(json, "advmss", item.AdvMss);
            json.WriteString("dst"u8, item.Destination.ToString());
            WriteAddress(json, "gw", item.Gateway);
            WriteNumber(json, "mtu", item.Mtu);
            WriteNumber(json, "priority", item.Priority);
            WriteOptional(json, "scope", item.Scope);
            WriteOptional(json, "table", item.Table);
        });
    }

    private static void WriteWithFamily(Utf8JsonWriter json, CniResult result)
    {
        WriteList(json, "interfaces", result.Interfaces, static (json, item) =>
        {
            json.WriteString("name"u8, item.Name);
            WriteText(json, "mac", item.Mac);
            WriteText(json, "sandbox", item.Sandbox);
        });
        WriteList(json, "ips", result.Ips, static (json, item) =>
        {
            json.WriteString("version"u8, item.Address.IsIPv6 ? "6"u8 : "4"u8);
            WriteOptional(json, "interface", item.Interface);
            json.WriteString("address"u8, item.Address.ToString());
            WriteAddress(json, "gateway", item.Gateway);
        });
        WriteList(json, "routes", result.Routes, WriteRoute);
        WriteDns(json, result.Dns);
    }

    private static void WriteFamilies(Utf8JsonWriter json, CniResult result)
    {
        if (result.Ips.Count == 0)
        {
            throw new CniException(CniException.Internal, "cannot convert: no valid IP addresses");
        }

        WriteFamily(json, "ip4", result, isIPv6: false);
        WriteFamily(json, "ip6", result, isIPv6: true);
        WriteDns(json, result.Dns);
    }

    private static void WriteFamily(Utf8JsonWriter json, string name, CniResult result, bool isIPv6)
    {
        if (result.Ips.FirstOrDefault(ip => ip.Address.IsIPv6 == isIPv6) is not { } first)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("ip"u8, first.Address.ToString());
        WriteAddress(json, "gateway", first.Gateway);
        WriteList(json, "routes", [.. result.Routes.Where(route => route.Destination.IsIPv6 == isIPv6)], static (json, route) =>
        {
            json.WriteString("dst"u8, route.Destination.ToString());
            WriteAddress(json, "gw", route.Gateway);
        });
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, CniRoute route)
    {
        json.WriteString("dst"u8, route.Destination.ToString());
        WriteAddress(json, "gw", route.Gateway);
        WriteNumber(json, "mtu", route.Mtu);
        WriteNumber(json, "advmss", route.AdvMss);
        WriteNumber(json, "priority", route.Priority);
        WriteOptional(json, "table", route.Table);
        WriteOptional(json, "scope", route.Scope);
    }

    private static void WriteDns(Utf8JsonWriter json, CniDns dns)
    {
        json.WriteStartObject("dns"u8);
        WriteTexts(json, "nameservers", dns.Nameservers);
        WriteText(json, "domain", dns.Domain);
        WriteTexts(json, "search", dns.Search);
        WriteTexts(json, "options", dns.Options);
        json.WriteEndObject();
    }

    private static void WriteSortedDns(Utf8JsonWriter json, CniDns dns)
    {
        json.WriteStartObject("dns"u8);
        WriteText(json, "domain", dns.Domain);
        WriteTexts(json, "nameservers", dns.Nameservers);
        WriteTexts(json, "options", dns.Options);
        WriteTexts(json, "search", dns.Search);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count > 0)
        {
            json.WriteStartArray(name);
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int number)
    {
        if (number != 0)
        {
            json.WriteNumber(name, number);
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, int? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void WriteAddress(Utf8JsonWriter json, string name, IPAddress? address)
    {
        if (address is not null)
        {
            json.WriteString(name, address.ToString());
        }
    }
}
