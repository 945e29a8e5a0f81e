using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// sys/inotify.h
internal static partial class Libc
{
    public const int IN_CLOEXEC = 0x80000;

    public const uint IN_ATTRIB = 0x4;
    public const uint IN_CLOSE_WRITE = 0x8;
    public const uint IN_MOVED_FROM = 0x40;
    public const uint IN_MOVED_TO = 0x80;
    public const uint IN_DELETE = 0x200;
    public const uint IN_DELETE_SELF = 0x400;
    public const uint IN_MOVE_SELF = 0x800;
    public const uint IN_UNMOUNT = 0x2000;
    public const uint IN_Q_OVERFLOW = 0x4000;
    public const uint IN_IGNORED = 0x8000;
    public const uint IN_ONLYDIR = 0x1000000;

    // struct inotify_event { int wd; uint32_t mask; uint32_t cookie; uint32_t len; char name[]; };
    public const int InotifyEventMask = 4;
    public const int InotifyEventLength = 12;
    public const int InotifyEventName = 16;

    // int inotify_init1(int flags);
    [LibraryImport(Library, SetLastError = true)]
    public static partial SafeFileHandle inotify_init1(int flags);

    // int inotify_add_watch(int fd, const char *pathname, uint32_t mask);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int inotify_add_watch(SafeFileHandle fd, string pathname, uint mask);

    // int inotify_rm_watch(int fd, int wd);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_rm_watch(SafeFileHandle fd, int wd);
}
