using System.Text;
using Flannel.Linux.Interop;

namespace Flannel.Linux;

/// <summary>
/// Kernel settings under /proc/sys, named with slashes since device names may have dots: <c>net/ipv4/conf/flannel.1/rp_filter</c>. What is under <c>net</c> is that of
/// the calling thread's network namespace.
/// </summary>
public static class Sysctl
{
    private const string Root = "/proc/sys";

    /// <summary>The value without its line end; null when the kernel does not have the setting or does not let it be read.</summary>
    public static string? Get(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(Root, name)).TrimEnd('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Sets a value without asking what it is: the fewest system calls, for settings of a device just made. False when it is not there, read-only, or refuses the value.
    /// </summary>
    public static bool TryWrite(string name, string value)
    {
        using var file = Libc.open(Path.Combine(Root, name), Libc.O_WRONLY | Libc.O_CLOEXEC);
        Span<byte> text = stackalloc byte[32];
        return !file.IsInvalid && Libc.write(file, text, (nuint)Encoding.ASCII.GetBytes(value, text)) >= 0;
    }

    /// <summary>Sets a value unless the kernel has it already; false when it is not there, read-only, or refuses the value.</summary>
    public static bool TrySet(string name, string value)
    {
        if (Get(name) == value)
        {
            return true;
        }

        try
        {
            using var file = File.OpenHandle(Path.Combine(Root, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(value), 0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
