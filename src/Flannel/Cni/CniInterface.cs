namespace Flannel.Cni;

/// <summary>An interface that a plugin made or used. What is empty or zero is not said.</summary>
public sealed record CniInterface(string Name)
{
    public string Mac { get; init; } = "";

    /// <summary>In bytes.</summary>
    public int Mtu { get; init; }

    /// <summary>The network namespace it is in, as <c>CNI_NETNS</c> named it; empty on the host.</summary>
    public string Sandbox { get; init; } = "";

    public string SocketPath { get; init; } = "";

    public string PciId { get; init; } = "";
}
