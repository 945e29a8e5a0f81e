using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

// sys/mman.h
internal static partial class Libc
{
    public const int MADV_DONTNEED = 4;

    // int madvise(void *addr, size_t length, int advice);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int madvise(nint addr, nint length, int advice);
}
