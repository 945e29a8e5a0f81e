using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Flannel.Linux;

namespace Flannel.Testing;

/// <summary>
/// Something another program does to our objects in the kernel, and the commands whose output, order and device numbers aside, is the same again once it is healed.
/// </summary>
public sealed partial record Damage(string Name, string Command, params IReadOnlyList<string> Witnesses)
{
    public static Damage RouteDeleted(Cidr destination) =>
        new("route deleted", $"ip {Family(destination.IsIPv6)} route del {destination}", $"ip {Family(destination.IsIPv6)} route show {destination}");

    /// <param name="destination">Of the route.</param>
    /// <param name="path">Where it leads from now on, as in <c>via 172.30.0.1</c>.</param>
    public static Damage RouteDiverted(Cidr destination, string path) =>
        new("route diverted", $"ip {Family(destination.IsIPv6)} route replace {destination} {path}", $"ip {Family(destination.IsIPv6)} route show {destination}");

    public static Damage NeighbourDeleted(string device, IPAddress address) =>
        new("neighbour deleted", $"ip neigh del {address} dev {device}", $"ip neigh show {address} dev {device}");

    public static Damage NeighbourChanged(string device, IPAddress address, MacAddress mac) =>
        new("neighbour changed", $"ip neigh replace {address} lladdr {mac} dev {device} nud permanent", $"ip neigh show {address} dev {device}");

    public static Damage FdbEntryDeleted(string device, MacAddress mac, IPAddress destination) =>
        new("fdb entry deleted", $"bridge fdb del {mac} dev {device} dst {destination}", $"bridge fdb show dev {device}");

    public static Damage FdbEntryChanged(string device, MacAddress mac, IPAddress destination) =>
        new("fdb entry changed", $"bridge fdb replace {mac} dev {device} dst {destination} self permanent", $"bridge fdb show dev {device}");

    public static Damage AddressDeleted(string device, Cidr address) =>
        new("address deleted", $"ip addr del {address} dev {device}", $"ip addr show dev {device}");

    public static Damage LinkDown(string device) => new("link down", $"ip link set {device} down", AllOf(device));

    public static Damage LinkDeleted(string device) => new("link deleted", $"ip link del {device}", AllOf(device));

    public static Damage MtuChanged(string device, int mtu) => new("mtu changed", $"ip link set {device} mtu {mtu}", AllOf(device));

    public static Damage MacChanged(string device, MacAddress mac) => new("mac changed", $"ip link set {device} address {mac}", AllOf(device));

    /// <summary>All tables of nftables, iptables' nft variant included.</summary>
    public static Damage RulesFlushed() => new("rule set flushed", "nft flush ruleset", "nft -s list ruleset");

    /// <param name="program">As in <c>iptables</c>, <c>ip6tables-legacy</c>.</param>
    /// <param name="table">As in <c>nat</c>, <c>filter</c>.</param>
    public static Damage RulesFlushed(string program, string table) =>
        new($"{program} {table} flushed", $"{program} -t {table} -F", $"{program} -t {table} -S");

    /// <summary>A command of <paramref name="program"/>, such as <c>-D POSTROUTING 1</c>.</summary>
    public static Damage RulesChanged(string program, string table, string command) =>
        new($"{program} -t {table} {command}", $"{program} -t {table} {command}", $"{program} -t {table} -S");

    /// <summary>A command of <c>nft</c>, such as <c>flush chain ip flannel-ipv4 postrtg</c>.</summary>
    public static Damage NftChanged(string command) => new($"nft {command}", $"nft {command}", "nft -s list ruleset");

    /// <summary>Does it and waits until everything is as it was; returns how long that took, to within the time one look takes.</summary>
    /// <exception cref="CommandException">There was nothing to damage.</exception>
    /// <exception cref="TimeoutException">It was not healed in time; the message has what was there instead.</exception>
    public async Task<TimeSpan> HealsAsync(TestHost host, TimeSpan? deadline = null)
    {
        var whole = await ObserveAsync(host);
        var started = Stopwatch.GetTimestamp();
        await host.RunAsync(Command);
        await Eventually.BecomesAsync(() => ObserveAsync(host), seen => seen == whole, deadline, observed: Name, expected: whole);
        return Stopwatch.GetElapsedTime(started);
    }

    public override string ToString() => Name;

    private static string[] AllOf(string device) =>
    [
        $"ip -d -o link show dev {device}",
        $"ip addr show dev {device}",
        $"ip -4 route show dev {device}",
        $"ip -6 route show dev {device}",
        $"ip neigh show nud permanent dev {device}",
        $"bridge fdb show dev {device}",
    ];

    private static string Family(bool isV6) => isV6 ? "-6" : "-4";

    // A command that fails because its device is not there yet has printed nothing, which differs from what it printed before.
    private async Task<string> ObserveAsync(TestHost host)
    {
        var lines = new List<string>();
        foreach (var witness in Witnesses)
        {
            var result = await host.TryRunAsync(witness);
            lines.AddRange(result.Output.Split('\n').Select(line => DeviceNumber().Replace(line, "")).Order(StringComparer.Ordinal));
        }

        return string.Join('\n', lines);
    }

    [GeneratedRegex("^[0-9]+: ")]
    private static partial Regex DeviceNumber();
}
