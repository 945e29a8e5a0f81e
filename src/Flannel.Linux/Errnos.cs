using System.Runtime.InteropServices;

namespace Flannel.Linux;

/// <summary>The errno.h numbers this program tells apart (asm-generic/errno-base.h, asm-generic/errno.h).</summary>
public static class Errnos
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int EMFILE = 24;
    public const int ETXTBSY = 26;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int EPROTONOSUPPORT = 93;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int EADDRNOTAVAIL = 99;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int ENOBUFS = 105;
    public const int EHOSTUNREACH = 113;
    public const int EDQUOT = 122;

    /// <summary>The C library's sentence for an errno.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
