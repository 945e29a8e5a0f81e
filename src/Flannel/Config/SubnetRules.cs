using System.Net.Sockets;
using Flannel.Linux;

namespace Flannel.Config;

/// <summary>
/// The rules of config.md §3 for one family. All limits follow from the address width and the subnet length that is preferred when none is given.
/// </summary>
internal sealed record SubnetRules(AddressFamily Family, string Prefix, int Width, int PreferredLength)
{
    public static readonly SubnetRules IPv4 = new(AddressFamily.InterNetwork, "", 32, 24);

    public static readonly SubnetRules IPv6 = new(AddressFamily.InterNetworkV6, "IPv6", 128, 64);

    public string NetworkKey => Prefix + "Network";

    public string LengthKey => Prefix + "SubnetLen";

    public string MinKey => Prefix + "SubnetMin";

    public string MaxKey => Prefix + "SubnetMax";

    // A subnet is never smaller than four addresses, and a network never has fewer than four subnets.
    private int LongestSubnet => Width - 2;

    private int LongestNetwork => Width - 4;

    /// <summary>Fills in what the configuration leaves open. The first subnet is left out unless <c>SubnetMin</c> names it.</summary>
    /// <exception cref="ConfigException">The first rule that fails, in the order of the contract.</exception>
    public SubnetRange Complete(SubnetRange? written)
    {
        if (written is not { Network: { IsEmpty: false, PrefixLength: > 0 } network })
        {
            throw new ConfigException($"please define a correct {NetworkKey} parameter in the flannel config");
        }

        var length = written.SubnetLength == 0 ? DefaultLength(network) : CheckLength(network, written.SubnetLength);
        var size = UInt128.One << (Width - length);
        var min = Bound(written.Min, network.Offset(size), network, length, MinKey);
        var max = Bound(written.Max, network.Last.Offset(UInt128.One - size), network, length, MaxKey);
        CheckBoundary(min, MinKey);
        CheckBoundary(max, MaxKey);
        return new SubnetRange(network, length, min, max);
    }

    private int CheckLength(Cidr network, int length)
    {
        if (length > LongestSubnet)
        {
            throw new ConfigException($"SubnetLen must be less than /{LongestSubnet + 1}: {LengthKey} is {length}");
        }

        var shortest = network.PrefixLength + 2;
        if (length < shortest)
        {
            throw new ConfigException(
                $"network must be able to accommodate at least four subnets: {LengthKey} is {length}, in {NetworkKey} {network} it must be at least {shortest}");
        }

        return length;
    }

    private int DefaultLength(Cidr network)
    {
        if (network.PrefixLength > LongestNetwork)
        {
            var subject = Family == AddressFamily.InterNetwork ? "network" : NetworkKey;
            throw new ConfigException($"{subject} is too small. Minimum useful network prefix is /{LongestNetwork}: {NetworkKey} is {network}");
        }

        return Math.Max(PreferredLength, network.PrefixLength + 2);
    }

    private Cidr Bound(Cidr written, Cidr fallback, Cidr network, int length, string key)
    {
        if (written.IsEmpty)
        {
            return fallback.WithLength(length);
        }

        return network.Contains(written.AsHost)
            ? written.WithLength(length)
            : throw new ConfigException($"{key} is not in the range of the {NetworkKey}: {written.Address} is outside {network}");
    }

    private static void CheckBoundary(Cidr bound, string key)
    {
        if (bound != bound.Network)
        {
            throw new ConfigException(
                $"{key} is not on a SubnetLen boundary: {bound.Address} lies inside the subnet {bound.Network}, use {bound.Network.Address}");
        }
    }
}
