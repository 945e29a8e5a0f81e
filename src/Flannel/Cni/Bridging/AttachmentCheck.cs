using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>One CHECK: what the previous result says against what is there. The sentences are those of the standard plugin.</summary>
internal sealed class AttachmentCheck(CniCall call, BridgeConfig config, RtnetlinkSocket host, Netns pod)
{
    /// <summary>Routes of other tables are not looked at.</summary>
    private const int MainTable = 254;

    /// <exception cref="CniException">The first difference.</exception>
    public void Run()
    {
        var result = call.Config.PreviousResult ?? throw Fault("Required prevResult missing");
        var inside = new CniInterface("");
        var onHost = new CniInterface("");
        foreach (var each in result.Interfaces)
        {
            if (each.Name == config.Bridge)
            {
                onHost = each;
            }
            else if (each.Name == call.IfName && each.Sandbox == call.Netns)
            {
                inside = each;
            }
        }

        var bridge = CheckBridge(onHost);
        Require(inside.Sandbox == call.Netns, $"Sandbox in prevResult {inside.Sandbox} doesn't match configured netns: {call.Netns}");
        var state = PodState.Read(pod, inside.Name);
        var end = CheckContainer(inside, state.Interface);
        Require(
            result.Interfaces.Any(each => each.Name != onHost.Name && each.Name != inside.Name && IsPort(each, end, bridge)),
            $"CNI veth created for bridge {config.Bridge} was not found");
        CheckAddresses(result, state);
        CheckRoutes(result, state);
    }

    private Link CheckBridge(CniInterface expected)
    {
        var link = OnHost(expected);
        Require(link.Kind == "bridge", $"Interface {expected.Name} does not have link type of bridge");
        Require(HasMac(link, expected), $"Bridge interface {expected.Name} Mac doesn't match: {expected.Mac}");
        Require(
            link.IsPromiscuous == config.PromiscuousMode,
            $"Bridge interface {expected.Name} configured Promisc Mode {Lower(config.PromiscuousMode)} doesn't match current state: {Lower(link.IsPromiscuous)}");
        return link;
    }

    private static Link CheckContainer(CniInterface expected, Link? link)
    {
        Require(expected.Name.Length > 0, "Interface name missing");
        Require(link is not null, $"Interface name {expected.Name} not found");
        Require(expected.Sandbox.Length > 0, $"Interface {expected.Name} is expected to be in a sandbox");
        Require(link!.Kind == "veth", $"Error: Container interface {expected.Name} not of type veth");
        Require(HasMac(link, expected), $"Interface {expected.Name} Mac {expected.Mac} doesn't match container Mac: {link.Mac}");
        return link;
    }

    // What is another kind of device, or belongs to another container, is none of ours.
    private bool IsPort(CniInterface expected, Link end, Link bridge)
    {
        var link = OnHost(expected);
        if (link.Kind != "veth" || link.Index != end.PeerIndex || link.PeerIndex != end.Index || link.Master != bridge.Index)
        {
            return false;
        }

        Require(HasMac(link, expected), $"Interface {expected.Name} Mac doesn't match: {expected.Mac} not found");
        return true;
    }

    private Link OnHost(CniInterface expected)
    {
        Require(expected.Name.Length > 0, "Interface name missing");
        var link = host.GetLink(expected.Name) ?? throw Fault($"Interface name {expected.Name} not found");
        Require(expected.Sandbox.Length == 0, $"Interface {expected.Name} should not be in sandbox");
        return link;
    }

    private void CheckAddresses(CniResult result, PodState state)
    {
        foreach (var ip in result.Ips)
        {
            Require(state.Addresses.Contains(ip.Address), $"Failed to match addr {ip.Address} on interface {call.IfName}");
            Require(
                state.Routes.Any(route => route.Destination == ip.Address.Network), $"Failed to find Gateway {ip.Gateway} for interface {call.IfName}");
        }
    }

    private static void CheckRoutes(CniResult result, PodState state)
    {
        foreach (var expected in result.Routes)
        {
            Require(
                expected.Table is not (null or MainTable) ||
                state.Routes.Any(route => route.Destination == expected.Destination.Network && (expected.Gateway is null || expected.Gateway.Equals(route.Gateway))),
                $"Expected Route {expected.Destination} via {expected.Gateway?.ToString() ?? "any gateway"} not found in routing table");
        }
    }

    private static bool HasMac(Link link, CniInterface expected) =>
        expected.Mac.Length == 0 || expected.Mac.Equals($"{link.Mac}", StringComparison.OrdinalIgnoreCase);

    private static string Lower(bool value) => value ? "true" : "false";

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw Fault(message);
        }
    }

    private static CniException Fault(string message) => new(CniException.Internal, message);
}
