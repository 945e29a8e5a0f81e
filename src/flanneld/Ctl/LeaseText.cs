using System.Globalization;
using System.Text.Json;
using Flannel.Leases;

namespace Flannel.Daemon.Ctl;

/// <summary>Leases as tables and as JSON.</summary>
/// <param name="areAssigned">Whether a cluster assigns the subnets: a lease without an end then is no reservation, but lasts as long as its node.</param>
internal sealed class LeaseText(bool areAssigned)
{
    public TextTable ToTable(IReadOnlyList<Lease> leases, DateTimeOffset now)
    {
        var table = new TextTable("SUBNET", "PUBLIC IP", "BACKEND", "ENDS IN");
        foreach (var lease in leases)
        {
            table.Add(SubnetArgument.Text(lease.Key), PublicAddresses(lease.Attributes), TextTable.Printable(lease.Attributes.BackendType), EndsIn(lease, now));
        }

        return table;
    }

    public TextTable ToDetails(Lease lease)
    {
        var table = new TextTable("subnet", SubnetArgument.Text(lease.Key));
        table.Add("public ip", PublicAddresses(lease.Attributes));
        table.Add("backend", TextTable.Printable(lease.Attributes.BackendType));
        table.Add("data", TextTable.Printable(lease.Attributes.BackendData ?? ""));
        table.Add("ipv6 data", TextTable.Printable(lease.Attributes.BackendV6Data ?? ""));
        table.Add("ends", lease.Expires is { } end ? end.ToString("u", CultureInfo.InvariantCulture) : areAssigned ? "with its node" : "never: it is reserved");
        return table;
    }

    public void Write(Utf8JsonWriter json, IReadOnlyList<Lease> leases)
    {
        json.WriteStartArray();
        foreach (var lease in leases)
        {
            Write(json, lease);
        }

        json.WriteEndArray();
    }

    public void Write(Utf8JsonWriter json, Lease lease)
    {
        json.WriteStartObject();
        json.WriteString("subnet", lease.Key.IPv4.IsEmpty ? null : $"{lease.Key.IPv4}");
        json.WriteString("ipv6Subnet", lease.Key.IPv6.IsEmpty ? null : $"{lease.Key.IPv6}");
        json.WriteString("publicIP", lease.Attributes.PublicIP?.ToString());
        json.WriteString("publicIPv6", lease.Attributes.PublicIPv6?.ToString());
        json.WriteString("backendType", lease.Attributes.BackendType);
        json.WritePropertyName("backendData");
        json.WriteRawValue(lease.Attributes.BackendData ?? "null");
        json.WritePropertyName("backendV6Data");
        json.WriteRawValue(lease.Attributes.BackendV6Data ?? "null");
        json.WriteBoolean("reserved", lease.Expires is null && !areAssigned);
        json.WriteString("expires", lease.Expires?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private string EndsIn(Lease lease, DateTimeOffset now)
    {
        if (lease.Expires is not { } end)
        {
            return areAssigned ? "-" : "reserved";
        }

        var left = end > now ? end - now : TimeSpan.Zero;
        return string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalHours}h{left.Minutes:00}m");
    }

    private static string PublicAddresses(LeaseAttributes attributes) =>
        string.Join(',', new[] { attributes.PublicIP, attributes.PublicIPv6 }.Where(address => address is not null));
}
