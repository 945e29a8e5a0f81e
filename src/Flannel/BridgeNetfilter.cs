namespace Flannel;

/// <summary>Whether bridged packets pass the iptables chains. Without it a bridge hides pod traffic from the rules of iptables; nftables has its own family for it.</summary>
public static class BridgeNetfilter
{
    private const string Directory = "/proc/sys/net/bridge";

    /// <summary>The kernel's switches must be there for each family that is on; what they are set to is the operator's affair.</summary>
    /// <exception cref="HostException">One is missing: the module br_netfilter is not loaded.</exception>
    public static void Check(bool ipv4, bool ipv6) => Check(ipv4, ipv6, Directory);

    internal static void Check(bool ipv4, bool ipv6, string directory)
    {
        Require(ipv4, Path.Combine(directory, "bridge-nf-call-iptables"));
        Require(ipv6, Path.Combine(directory, "bridge-nf-call-ip6tables"));
    }

    private static void Require(bool enabled, string path)
    {
        if (enabled && !File.Exists(path))
        {
            throw new HostException(
                $"Failed to check br_netfilter: {path} does not exist. Load the kernel module with `modprobe br_netfilter` " +
                "(to keep it over a reboot: `echo br_netfilter > /etc/modules-load.d/br_netfilter.conf`), or use nftables with \"EnableNFTables\": true");
        }
    }
}
