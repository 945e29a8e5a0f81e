using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// sys/ioctl.h with linux/sockios.h, linux/if.h and linux/ethtool.h
internal static partial class Libc
{
    public const int SIOCETHTOOL = 0x8946;
    public const uint ETHTOOL_GTXCSUM = 0x16;
    public const uint ETHTOOL_STXCSUM = 0x17;

    // int ioctl(int fd, unsigned long request, struct ifreq *argp);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(SafeFileHandle fd, nuint request, ref ifreq argp);
}

// struct ifreq { char ifr_name[16]; union { void *ifr_data; struct ifmap ifr_map; … }; };   40 bytes on 64-bit machines
[StructLayout(LayoutKind.Sequential, Size = 40)]
internal unsafe struct ifreq
{
    public fixed byte ifr_name[LinuxIfLink.IFNAMSIZ];
    public void* ifr_data;
}

// struct ethtool_value { __u32 cmd; __u32 data; };
[StructLayout(LayoutKind.Sequential)]
internal struct ethtool_value
{
    public uint cmd;
    public uint data;
}
