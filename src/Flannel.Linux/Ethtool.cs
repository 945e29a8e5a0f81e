using System.Runtime.InteropServices;
using System.Text;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>Device settings of linux/ethtool.h, for devices in the calling thread's network namespace.</summary>
public static class Ethtool
{
    /// <summary>Whether the device leaves transmit checksums to the hardware (ETHTOOL_GTXCSUM); null when there is no such device or it cannot say.</summary>
    /// <exception cref="LinuxException">Any other refusal.</exception>
    public static bool? GetTxChecksum(string device)
    {
        var value = new ethtool_value { cmd = Libc.ETHTOOL_GTXCSUM };
        return Control(device, ref value) switch
        {
            0 => value.data != 0,
            Errnos.ENODEV or Errnos.EOPNOTSUPP => null,
            var errno => throw new LinuxException($"ethtool -k {device}", errno),
        };
    }

    /// <summary>Turns transmit checksum offload on or off (ETHTOOL_STXCSUM). Needs CAP_NET_ADMIN.</summary>
    /// <exception cref="LinuxException">ENODEV, EPERM, or EOPNOTSUPP where the driver has no choice.</exception>
    public static void SetTxChecksum(string device, bool on)
    {
        var value = new ethtool_value { cmd = Libc.ETHTOOL_STXCSUM, data = on ? 1u : 0u };
        if (Control(device, ref value) is not 0 and var errno)
        {
            throw new LinuxException($"ethtool -K {device} tx {(on ? "on" : "off")}", errno);
        }
    }

    /// <summary>0 or an errno.</summary>
    private static unsafe int Control(string device, ref ethtool_value value)
    {
        var descriptor = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            throw Libc.Failure("socket(AF_INET)");
        }

        using var socket = new SafeFileHandle(descriptor, ownsHandle: true);
        fixed (ethtool_value* data = &value)
        {
            var request = new ifreq { ifr_data = data };
            if (!Encoding.UTF8.TryGetBytes(device, new Span<byte>(request.ifr_name, LinuxIfLink.IFNAMSIZ - 1), out _))
            {
                return Errnos.ENODEV;
            }

            return Libc.ioctl(socket, Libc.SIOCETHTOOL, ref request) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }
}
