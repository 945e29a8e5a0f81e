using System.Net;
using System.Text.Json;
using Flannel.Linux;

namespace Flannel.Testing.Cni;

/// <summary>
/// The namespace of a pod as a runtime has it before any plugin is called: empty but for a loopback device. Its addresses are what the plugins gave it. Made and ended by
/// the test; what was asked for it is remembered here, so that one runtime may add and another delete.
/// </summary>
/// <param name="host">Where it runs.</param>
/// <param name="containerId">As in <c>CNI_CONTAINERID</c>.</param>
public sealed class PodSandbox(TestHost host, string containerId) : Node(containerId)
{
    private readonly Dictionary<(string Network, string IfName), CniOutcome> _outcomes = [];

    public TestHost Host { get; } = host;

    public string ContainerId => Name;

    internal void Remember(string network, string ifName, CniOutcome outcome)
    {
        _outcomes[(network, ifName)] = outcome;
        if (outcome.Result is { } result && result.TryGetProperty("ips", out var addresses))
        {
            Addresses = [.. Addresses, .. addresses.EnumerateArray().Select(AddressOf).OrderBy(address => address.AddressFamily)];
        }
    }

    internal CniOutcome? Recall(string network, string ifName) => _outcomes.GetValueOrDefault((network, ifName));

    internal void Forget(string network, string ifName)
    {
        if (_outcomes.Remove((network, ifName), out var outcome) && outcome.Result is { } result && result.TryGetProperty("ips", out var addresses))
        {
            Addresses = [.. Addresses.Except(addresses.EnumerateArray().Select(AddressOf))];
        }
    }

    private static IPAddress AddressOf(JsonElement item) => Cidr.Parse(item.GetProperty("address").GetString()!).Address;
}
