using Flannel.Leases;

namespace Flannel.Daemon.Ctl;

/// <summary>The subnets of a lease as an operator writes them: <c>10.5.34.0/24</c>, with two families <c>10.5.34.0/24,fd00:5:34::/64</c>, or as the store's key.</summary>
internal static class SubnetArgument
{
    /// <exception cref="FormatException">It is neither.</exception>
    public static LeaseKey Parse(string text)
    {
        var name = text.Replace('/', '-').Replace(',', '&');
        return LeaseKey.TryParse(name, out var key) ? key : throw new FormatException($"{text} is not a subnet such as 10.5.34.0/24 or 10.5.34.0/24,fd00:5:34::/64");
    }

    public static string Text(LeaseKey key) => string.Join(',', key.Subnets);
}
