using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

/// <summary>linux/neighbour.h.</summary>
internal static class LinuxNeighbour
{
    public const ushort NDA_DST = 1;
    public const ushort NDA_LLADDR = 2;
    public const ushort NDA_IFINDEX = 8;
    public const ushort NDA_MASTER = 9;

    /// <summary>The entry is the device's own, not its bridge's.</summary>
    public const byte NTF_SELF = 2;
}

// struct ndmsg { __u8 ndm_family, ndm_pad1; __u16 ndm_pad2; __s32 ndm_ifindex; __u16 ndm_state; __u8 ndm_flags, ndm_type; };
[StructLayout(LayoutKind.Sequential)]
internal struct ndmsg
{
    public byte ndm_family;
    public byte ndm_pad1;
    public ushort ndm_pad2;
    public int ndm_ifindex;
    public ushort ndm_state;
    public byte ndm_flags;
    public byte ndm_type;
}
