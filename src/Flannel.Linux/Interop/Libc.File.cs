using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// fcntl.h, unistd.h and sys/file.h: files that are made, read and locked
internal static partial class Libc
{
    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;

    public const int O_CREAT = 0x40;
    public const int O_NONBLOCK = 0x800;

    // int open(const char *pathname, int flags, mode_t mode);
    // Variadic in C, where the mode is a plain third argument to the calling conventions of Linux.
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle open(string pathname, int flags, uint mode);

    // ssize_t read(int fd, void *buf, size_t count);
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(SafeFileHandle fd, Span<byte> buf, nuint count);

    // ssize_t write(int fd, const void *buf, size_t count);
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(SafeFileHandle fd, ReadOnlySpan<byte> buf, nuint count);

    // int flock(int fd, int operation);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int flock(SafeFileHandle fd, int operation);

    // int link(const char *oldpath, const char *newpath);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int link(string oldpath, string newpath);
}
