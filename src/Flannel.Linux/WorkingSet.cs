using System.Globalization;
using Flannel.Linux.Interop;

namespace Flannel.Linux;

/// <summary>The memory of this process that the kernel counts as resident.</summary>
public static class WorkingSet
{
    /// <summary>
    /// Gives back the pages of the program's own code and constants. Most of them were needed for the start alone; what is used again is mapped again from the page
    /// cache, without reading. Only mappings that are never written, not even by the loader: the executable one and the one at the file's beginning.
    /// </summary>
    public static void ReleaseCode()
    {
        if (Environment.ProcessPath is not { } program)
        {
            return;
        }

        // 55d0c0a00000-55d0c1300000 r-xp 00400000 fe:00 1234   /opt/bin/flanneld
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 6 && words[5] == program && (words[1] == "r-xp" || (words[1] == "r--p" && words[2] == "00000000")))
            {
                var ends = words[0].Split('-');
                var start = nint.Parse(ends[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                var end = nint.Parse(ends[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

                // Advice that is not taken changes nothing.
                _ = Libc.madvise(start, end - start, Libc.MADV_DONTNEED);
            }
        }
    }
}
