using Flannel.Linux;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.HostLocal;

/// <summary>Asks the kernel which addresses are on the interfaces of a network namespace.</summary>
internal static class NetnsAddresses
{
    /// <param name="path">A file such as <c>/run/netns/blue</c>.</param>
    /// <returns>Hosts, of both families.</returns>
    /// <exception cref="LinuxException">ENOENT when it is gone, EINVAL when it is no namespace, EPERM and EACCES without the right to enter it.</exception>
    public static IReadOnlyCollection<Cidr> Read(string path)
    {
        using var netns = Netns.Open(path);
        return netns.Run(() =>
        {
            using var kernel = new RtnetlinkSocket();
            return kernel.ListAddresses().Select(address => address.Address.AsHost).ToHashSet();
        });
    }
}
