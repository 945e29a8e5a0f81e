using System.Runtime.InteropServices;

namespace Flannel.Bench.Interop;

/// <summary>time.h</summary>
internal static class Libc
{
    // int clock_getcpuclockid(pid_t pid, clockid_t *clockid);
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int clock_getcpuclockid(int pid, out int clockid);

    // int clock_gettime(clockid_t clockid, struct timespec *tp);
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int clock_gettime(int clockid, out timespec tp);

    // struct timespec { time_t tv_sec; long tv_nsec; };
    public struct timespec
    {
        public nint tv_sec;
        public nint tv_nsec;
    }
}
