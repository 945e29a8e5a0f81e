using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Flannel.Bench.Interop;

namespace Flannel.Bench.Bed;

/// <summary>What a process uses, by the kernel's account.</summary>
internal static class ProcessUsage
{
    /// <summary>CPU time of all its threads, the ended ones included, to the nanosecond: /proc/PID/stat counts in hundredths of a second.</summary>
    public static TimeSpan Cpu(int pid)
    {
        if (Libc.clock_getcpuclockid(pid, out var clock) is var error and not 0)
        {
            throw new Win32Exception(error);
        }

        return Libc.clock_gettime(clock, out var time) == 0
            ? TimeSpan.FromSeconds(time.tv_sec) + TimeSpan.FromMicroseconds(time.tv_nsec / 1000)
            : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Bytes of resident memory (VmRSS of proc(5)).</summary>
    public static double ResidentMemory(int pid) => Status(pid, "VmRSS:");

    /// <summary>The most it has been so far (VmHWM).</summary>
    public static double PeakMemory(int pid) => Status(pid, "VmHWM:");

    private static double Status(int pid, string name)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
