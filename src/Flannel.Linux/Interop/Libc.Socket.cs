using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// sys/socket.h
internal static partial class Libc
{
    public const int AF_INET = 2;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;

    public const int SOL_SOCKET = 1;
    public const int SO_RCVBUF = 8;
    public const int SO_RCVBUFFORCE = 33;

    public const int MSG_TRUNC = 0x20;

    // int socket(int domain, int type, int protocol);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int bind(SafeFileHandle sockfd, in sockaddr_nl addr, int addrlen);

    // int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int setsockopt(SafeFileHandle sockfd, int level, int optname, in int optval, int optlen);

    // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsockopt(SafeFileHandle sockfd, int level, int optname, out int optval, ref int optlen);

    // ssize_t send(int sockfd, const void *buf, size_t len, int flags);
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint send(SafeFileHandle sockfd, in byte buf, nint len, int flags);

    // ssize_t recvfrom(int sockfd, void *buf, size_t len, int flags, struct sockaddr *src_addr, socklen_t *addrlen);
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recvfrom(SafeFileHandle sockfd, ref byte buf, nint len, int flags, ref sockaddr_nl src_addr, ref int addrlen);
}
