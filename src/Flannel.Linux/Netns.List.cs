using System.Globalization;

namespace Flannel.Linux;

public sealed partial class Netns
{
    /// <summary>
    /// One path for each network namespace of the host, as far as it can be seen from here: those that a process is in, and those that a mount keeps, such as the files in
    /// <c>/run/netns</c> and <c>/run/docker/netns</c>. One that only an open file keeps is not found. A path may be gone by the time it is opened.
    /// </summary>
    /// <exception cref="UnauthorizedAccessException">There are processes of others that this one may not look at.</exception>
    public static IReadOnlyCollection<string> ListPaths()
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(System.IO.Path.GetFileName(process.AsSpan())[0]) && LinkTarget($"{process}/ns/net") is { } name)
            {
                paths.TryAdd(name, $"{process}/ns/net");
            }
        }

        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            if (ReadMount(line) is var (name, path))
            {
                paths[name] = path;
            }
        }

        return paths.Values;
    }

    /// <summary>The namespace's name, <c>net:[4026531840]</c>, and the place of a mount that keeps one; null for a line about another mount (proc_pid_mountinfo(5)).</summary>
    internal static (string Name, string Path)? ReadMount(string line) =>
        // 36 35 0:4 net:[4026532281] /run/netns/blue rw shared:7 - nsfs nsfs rw
        line.Split(' ') is [_, _, _, ['n', 'e', 't', ':', '[', ..] name, var place, ..] && line.Contains(" - nsfs ", StringComparison.Ordinal)
            ? (name, Unescape(place))
            : null;

    // Blanks and the like stand there as three octal digits behind a backslash.
    private static string Unescape(string place)
    {
        for (var at = place.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 3 < place.Length; at = place.IndexOf('\\', at + 1))
        {
            var code = (place[at + 1] - '0') * 64 + (place[at + 2] - '0') * 8 + place[at + 3] - '0';
            place = string.Create(CultureInfo.InvariantCulture, $"{place[..at]}{(char)code}{place[(at + 4)..]}");
        }

        return place;
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            // The process has ended.
            return null;
        }
    }
}
