namespace Flannel.Linux;

/// <summary>Puts a copy of a file where others read or run it meanwhile.</summary>
public static partial class DurableFile
{
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <summary>
    /// Makes <paramref name="destination"/> a copy of <paramref name="source"/>, content and permissions, in one step: whoever opens it finds the old file or the new one,
    /// also after a crash, and a program that runs from the old one goes on. Aside of it, in the same directory, stands <c>.NAME.tmp</c> and what makes it unique; a stale
    /// <c>.NAME.tmp</c> is removed. A symbolic link at the destination is replaced.
    /// </summary>
    /// <returns>False when it was such a copy already and nothing was touched.</returns>
    /// <exception cref="IOException">No source, no directory to write to, no space, a read-only file system, a directory at the destination.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to read or to write there.</exception>
    public static bool Install(string source, string destination)
    {
        destination = Path.GetFullPath(destination);
        var folder = Path.GetDirectoryName(destination) ?? throw new IOException($"{destination} is a directory");
        var aside = Path.Combine(folder, $".{Path.GetFileName(destination)}.tmp");
        using var input = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var mode = File.GetUnixFileMode(input.SafeFileHandle) & Permissions;
        File.Delete(aside);
        if (IsCopy(input, mode, destination))
        {
            return false;
        }

        var temporary = $"{aside}{Guid.NewGuid():n}";
        try
        {
            CopyAside(input, temporary, mode);
            File.Move(temporary, destination, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushDirectory(folder);
        return true;
    }

    private static bool IsCopy(FileStream input, UnixFileMode mode, string destination)
    {
        using var present = OpenIfThere(destination);
        if (present is null)
        {
            return false;
        }

        var equal = present.Length == input.Length && (File.GetUnixFileMode(present.SafeFileHandle) & Permissions) == mode && HaveEqualBytes(input, present);
        input.Position = 0;
        return equal;
    }

    // A symbolic link that leads nowhere is no file either.
    private static FileStream? OpenIfThere(string path)
    {
        try
        {
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool HaveEqualBytes(FileStream left, FileStream right)
    {
        var (mine, theirs) = (new byte[64 * 1024], new byte[64 * 1024]);
        while (true)
        {
            var count = left.ReadAtLeast(mine, mine.Length, throwOnEndOfStream: false);
            if (right.ReadAtLeast(theirs, theirs.Length, throwOnEndOfStream: false) != count || !mine.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
            {
                return false;
            }

            if (count < mine.Length)
            {
                return true;
            }
        }
    }

    private static void CopyAside(FileStream input, string temporary, UnixFileMode mode)
    {
        // Nobody's to read before it has the mode of the source, whatever the umask is.
        var ownersAlone = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var output = new FileStream(temporary, ownersAlone);
        input.CopyTo(output);
        File.SetUnixFileMode(output.SafeFileHandle, mode);
        output.Flush(flushToDisk: true);
    }
}
