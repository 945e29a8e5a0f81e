using System.Globalization;

namespace Flannel;

/// <summary>What the kernel lets this process do, whatever its user.</summary>
public static class Capabilities
{
    /// <summary>linux/capability.h: <c>#define CAP_NET_ADMIN 12</c>.</summary>
    private const int CAP_NET_ADMIN = 12;

    /// <summary>Without it neither devices nor routes nor rules can be changed, nor their changes listened to.</summary>
    /// <exception cref="HostException">The capability is not among the effective ones.</exception>
    public static void RequireNetAdmin() => RequireNetAdmin(File.ReadLines("/proc/self/status"));

    /// <param name="status">Lines of proc_pid_status(5).</param>
    internal static void RequireNetAdmin(IEnumerable<string> status)
    {
        const string Field = "CapEff:";
        var effective = ulong.Parse(
            status.First(line => line.StartsWith(Field, StringComparison.Ordinal)).AsSpan(Field.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if ((effective >> CAP_NET_ADMIN & 1) == 0)
        {
            throw new HostException("the capability CAP_NET_ADMIN is missing, nothing of the network can be changed without it: run as root, or in a container with NET_ADMIN added");
        }
    }
}
