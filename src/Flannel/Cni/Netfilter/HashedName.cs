using System.Text;

namespace Flannel.Cni.Netfilter;

/// <summary>The names the standard plugins give what belongs to one container, so that either plugin finds what the other made.</summary>
internal static class HashedName
{
    // XT_EXTENSION_MAXNAMELEN less the room that iptables keeps.
    private const int ChainLength = 28;

    private const int HashLength = 16;

    /// <summary>A chain of iptables: <c>CNI-DN-3e9a3d0f9583cdc0e7133</c> for the prefix <c>DN-</c>.</summary>
    public static string Chain(string prefix, string network, string containerId) => $"CNI-{prefix}{Hash(network + containerId)}"[..ChainLength];

    /// <summary>What the comments of all rules of a network begin with in nftables.</summary>
    public static string Network(string network) => Hash(network)[..HashLength];

    /// <summary>What the comments of the rules of one interface of a container begin with in nftables.</summary>
    public static string Attachment(string network, string ifName, string containerId) =>
        $"{Network(network)}-{Hash($"{ifName}:{containerId}")[..HashLength]}";

    private static string Hash(string text) => Convert.ToHexStringLower(Sha512.Hash(Encoding.UTF8.GetBytes(text)));
}
