using Flannel.Linux.Interop;

namespace Flannel.Linux;

// One file under several names.
public static partial class DurableFile
{
    /// <summary>
    /// Makes <paramref name="destination"/> another name of <paramref name="source"/> in one step, or a copy where the file system has no such thing. A symbolic link at the
    /// destination is replaced.
    /// </summary>
    /// <exception cref="IOException">No source, no directory to write to, no space, a read-only file system, a directory at the destination.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public static void Link(string source, string destination)
    {
        destination = Path.GetFullPath(destination);
        var folder = Path.GetDirectoryName(destination) ?? throw new IOException($"{destination} is a directory");
        var temporary = Path.Combine(folder, $".{Path.GetFileName(destination)}.tmp{Guid.NewGuid():n}");
        if (Libc.link(source, temporary) < 0)
        {
            Install(source, destination);
            return;
        }

        try
        {
            File.Move(temporary, destination, overwrite: true);
        }
        finally
        {
            // rename(2) does nothing when both are the same file already.
            File.Delete(temporary);
        }

        FlushDirectory(folder);
    }

    /// <summary>Whether both are files with equal content, or the same file; false when one is not there.</summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to read one.</exception>
    public static bool AreEqual(string left, string right)
    {
        using var mine = OpenIfThere(left);
        using var theirs = OpenIfThere(right);
        return mine is not null && theirs is not null && mine.Length == theirs.Length && HaveEqualBytes(mine, theirs);
    }
}
