using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

// poll.h
internal static partial class Libc
{
    public const short POLLIN = 1;

    // int poll(struct pollfd *fds, nfds_t nfds, int timeout);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int poll(ref pollfd fds, nuint nfds, int timeout);
}

// struct pollfd { int fd; short events; short revents; };
[StructLayout(LayoutKind.Sequential)]
internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}
