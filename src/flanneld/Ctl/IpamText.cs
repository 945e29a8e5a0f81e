using System.Globalization;
using System.Text.Json;
using Flannel.Cni.HostLocal;

namespace Flannel.Daemon.Ctl;

/// <summary>Addresses of containers as a table and as JSON.</summary>
internal static class IpamText
{
    // As much as container tools show, and take for the whole.
    private const int ShownIdentifier = 13;

    public static TextTable ToTable(IReadOnlyList<Holding> holdings, DateTime now)
    {
        var table = new TextTable("ADDRESS", "NETWORK", "CONTAINER", "INTERFACE", "AGE", "STATE");
        foreach (var holding in holdings)
        {
            var container = holding.ContainerId;
            table.Add(
                $"{holding.Reservation.Address.Address}",
                TextTable.Printable(holding.Network),
                TextTable.Printable(container.Length > ShownIdentifier ? container[..ShownIdentifier] : container),
                TextTable.Printable(holding.Reservation.Holder?.IfName ?? ""),
                Age.Text(now - holding.Since),
                StateText(holding.State));
        }

        return table;
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<Holding> holdings)
    {
        json.WriteStartArray();
        foreach (var holding in holdings)
        {
            json.WriteStartObject();
            json.WriteString("address", $"{holding.Reservation.Address.Address}");
            json.WriteString("network", holding.Network);
            json.WriteString("container", holding.Reservation.Holder?.ContainerId);
            json.WriteString("interface", holding.Reservation.Holder?.IfName);
            json.WriteString("since", holding.Since.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("state", StateText(holding.State));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What leaked, and whether it is freed by now.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Holding> leaked, IReadOnlyList<string> stateFiles, bool isFreed)
    {
        json.WriteStartObject();
        json.WritePropertyName("addresses");
        Write(json, leaked);
        json.WriteStartArray("stateFiles");
        foreach (var file in stateFiles)
        {
            json.WriteStringValue(file);
        }

        json.WriteEndArray();
        json.WriteBoolean("freed", isFreed);
        json.WriteEndObject();
    }

    private static string StateText(HoldingState state) => state switch
    {
        HoldingState.Live => "live",
        HoldingState.Young => "young",
        _ => "leaked",
    };
}
