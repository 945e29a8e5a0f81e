using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

/// <summary>The C library, one file per header. Calls return -1 and leave errno in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static partial class Libc
{
    private const string Library = "libc";

    /// <summary>The exception for the call that just failed.</summary>
    public static LinuxException Failure(string operation) => new(operation, Marshal.GetLastPInvokeError());
}
