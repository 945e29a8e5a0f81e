using System.Globalization;
using System.Text;

namespace Flannel.Linux.Rtnetlink;

/// <summary>Requests as lines of <c>ip</c> and <c>bridge</c>: for logs, error messages and golden files, and good to be typed in again.</summary>
internal static class RequestText
{
    public static string Of(RtnetlinkRequest request, Func<int, string> nameOf)
    {
        var verb = request.Verb switch
        {
            RequestVerb.Add => "add",
            RequestVerb.Replace => "replace",
            RequestVerb.Set => "set",
            RequestVerb.Prepend => "prepend",
            _ => "delete",
        };
        var line = new StringBuilder();
        return (request.Target switch
        {
            Link link => OfLink(line.Append($"ip link {verb}"), link, request.Verb == RequestVerb.Delete, nameOf),
            LinkChange change => OfChange(line.Append($"ip link {verb} dev {nameOf(change.Index)}"), change, nameOf),
            InterfaceAddress address => OfAddress(line.Append($"ip address {verb}"), address, nameOf),
            Route route => OfRoute(line.Append($"ip route {verb}"), route, nameOf),
            Neighbour neighbour => OfNeighbour(line.Append($"ip neigh {verb}"), neighbour, nameOf),
            BridgeVlan vlan => OfVlan(line.Append($"bridge vlan {verb}"), vlan, nameOf),
            FdbEntry entry => OfFdb(line.Append($"bridge fdb {verb}"), entry, nameOf),
            var other => line.Append(CultureInfo.InvariantCulture, $"{verb} {other}"),
        }).ToString();
    }

    private static StringBuilder OfLink(StringBuilder line, Link link, bool delete, Func<int, string> nameOf)
    {
        line.Append($" {link.Name}");
        if (delete)
        {
            return line;
        }

        line.Append(link.IsUp ? " up" : "").Append(link.Mtu == 0 ? "" : Invariant($" mtu {link.Mtu}")).Append(link.Mac is { } mac ? $" address {mac}" : "");
        line.Append(link.Master == 0 ? "" : $" master {nameOf(link.Master)}").Append(link.Kind is null ? "" : $" type {link.Kind}");
        line.Append(link.IsPromiscuous ? " promisc on" : "").Append(link.Bridge is { VlanFiltering: true } ? " vlan_filtering 1" : "");
        line.Append(link.Peer is { } peer ? OfPeer(peer) : "");
        return link.Vxlan is null ? line : OfVxlan(line, link.Vxlan, nameOf);
    }

    private static string OfPeer(VethPeer peer) =>
        $" peer{(peer.Mtu == 0 ? "" : Invariant($" mtu {peer.Mtu}"))}{(peer.Mac is { } mac ? $" address {mac}" : "")} name {peer.Name}" +
        (peer.Netns is { } netns ? $" netns {netns.Path}" : "");

    private static StringBuilder OfVxlan(StringBuilder line, VxlanAttributes vxlan, Func<int, string> nameOf)
    {
        line.Append(Invariant($" id {vxlan.Vni}")).Append(vxlan.ParentIndex == 0 ? "" : $" dev {nameOf(vxlan.ParentIndex)}");
        line.Append(vxlan.Local is null ? "" : $" local {vxlan.Local}").Append(vxlan.Group is null ? "" : $" group {vxlan.Group}");
        line.Append(vxlan.Port == 0 ? "" : Invariant($" dstport {vxlan.Port}")).Append(vxlan.Learning ? "" : " nolearning");
        return line.Append(vxlan.L2Miss ? " l2miss" : "").Append(vxlan.Gbp ? " gbp" : "");
    }

    private static StringBuilder OfChange(StringBuilder line, LinkChange change, Func<int, string> nameOf)
    {
        line.Append(change.Name is null ? "" : $" name {change.Name}").Append(change.Up switch { null => "", true => " up", false => " down" });
        line.Append(change.Mtu is { } mtu ? Invariant($" mtu {mtu}") : "").Append(change.Mac is { } mac ? $" address {mac}" : "");
        line.Append(change.Master switch { null => "", 0 => " nomaster", { } master => $" master {nameOf(master)}" });
        line.Append(change.Promiscuous switch { null => "", true => " promisc on", false => " promisc off" });
        line.Append(change is { Hairpin: null, Isolated: null } ? "" : " type bridge_slave");
        line.Append(change.Hairpin switch { null => "", true => " hairpin on", false => " hairpin off" });
        line.Append(change.Isolated switch { null => "", true => " isolated on", false => " isolated off" });
        return line.Append(change.VxlanLearning switch { null => "", true => " type vxlan learning", false => " type vxlan nolearning" });
    }

    private static StringBuilder OfAddress(StringBuilder line, in InterfaceAddress address, Func<int, string> nameOf)
    {
        line.Append($" {address.Address}").Append(address.Broadcast is { } broadcast ? $" broadcast {broadcast}" : "").Append($" dev {nameOf(address.LinkIndex)}");
        line.Append(address.Scope == AddressScope.Universe ? "" : $" scope {Name(address.Scope)}");
        line.Append(address.Flags.HasFlag(AddressFlags.IFA_F_NODAD) ? " nodad" : "");
        return line.Append(address.Flags.HasFlag(AddressFlags.IFA_F_NOPREFIXROUTE) ? " noprefixroute" : "");
    }

    private static StringBuilder OfRoute(StringBuilder line, Route route, Func<int, string> nameOf)
    {
        line.Append(route.Type == RouteType.RTN_UNICAST ? "" : $" {Name(route.Type)}").Append($" {route.Destination.Network}");
        line.Append(route.Gateway is null ? "" : $" via {route.Gateway}").Append(route.LinkIndex == 0 ? "" : $" dev {nameOf(route.LinkIndex)}");
        line.Append(route.Table == 254 ? "" : Invariant($" table {route.Table}")).Append(Invariant($" proto {Protocol(route.Protocol)}"));
        line.Append(route.Scope == DefaultScope(route) ? "" : $" scope {Name(route.Scope)}");
        line.Append(route.PreferredSource is null ? "" : $" src {route.PreferredSource}");
        return line.Append(route.Metric == 0 ? "" : Invariant($" metric {route.Metric}")).Append(route.OnLink ? " onlink" : "");
    }

    private static StringBuilder OfNeighbour(StringBuilder line, in Neighbour neighbour, Func<int, string> nameOf)
    {
        line.Append($" {neighbour.Address}").Append(neighbour.Mac is { } mac ? $" lladdr {mac}" : "").Append($" dev {nameOf(neighbour.LinkIndex)}");
        return line.Append($" nud {Name(neighbour.State)}");
    }

    private static StringBuilder OfVlan(StringBuilder line, BridgeVlan vlan, Func<int, string> nameOf)
    {
        line.Append($" dev {nameOf(vlan.LinkIndex)}").Append(Invariant($" vid {vlan.First}")).Append(vlan.Last == vlan.First ? "" : Invariant($"-{vlan.Last}"));
        return line.Append(vlan.IsPvid ? " pvid" : "").Append(vlan.IsUntagged ? " untagged" : "");
    }

    private static StringBuilder OfFdb(StringBuilder line, in FdbEntry entry, Func<int, string> nameOf)
    {
        line.Append($" {entry.Mac} dev {nameOf(entry.LinkIndex)}").Append(entry.Remote is null ? "" : $" dst {entry.Remote}");
        var lasting = entry.State.HasFlag(NeighbourState.NUD_PERMANENT) ? "permanent" : entry.State.HasFlag(NeighbourState.NUD_NOARP) ? "static" : "dynamic";
        return line.Append($" self {lasting}");
    }

    // What ip assumes when no scope is given; IPv6 routes have none.
    private static AddressScope DefaultScope(Route route) => route switch
    {
        { Destination.IsIPv6: true } => route.Scope,
        { Type: RouteType.RTN_LOCAL } => AddressScope.Host,
        { Type: RouteType.RTN_UNICAST, Gateway: null, IsMultipath: false } => AddressScope.Link,
        _ => AddressScope.Universe,
    };

    private static string Name(AddressScope scope) => scope == AddressScope.Universe ? "global" : scope.ToString().ToLowerInvariant();

    private static string Name(RouteType type) => type.ToString().Replace("RTN_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Name(NeighbourState state) => state.ToString().Replace("NUD_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Protocol(byte protocol) => protocol switch
    {
        RouteProtocol.Kernel => "kernel",
        RouteProtocol.Boot => "boot",
        RouteProtocol.Static => "static",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
