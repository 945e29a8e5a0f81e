using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// sched.h
internal static partial class Libc
{
    public const int CLONE_NEWNET = 0x40000000;

    // int unshare(int flags);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int unshare(int flags);

    // int setns(int fd, int nstype);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int setns(SafeFileHandle fd, int nstype);
}
