using System.Net;

namespace Flannel.Testing.Kube;

/// <summary>How a cluster is set up.</summary>
public sealed record KubeClusterOptions
{
    /// <summary>The address that its servers listen on, and one more name on the API server's certificate.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The node whose network its servers run in, such as the switch of a <see cref="TestNetwork"/>; the API server then takes its usual port.</summary>
    public Node? Place { get; init; }

    /// <summary>More flags for the API server, in the form <c>--name=value</c>; they win.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>On the switch, where each host of the network reaches it at <c>https://172.30.0.1:6443</c>.</summary>
    public static KubeClusterOptions On(TestNetwork network) => new() { Address = IPAddress.Parse("172.30.0.1"), Place = network.Switch };
}
