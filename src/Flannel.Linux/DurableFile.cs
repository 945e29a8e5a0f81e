using System.Runtime.InteropServices;
using System.Text;
using Flannel.Linux.Interop;

namespace Flannel.Linux;

/// <summary>Steps for files that must survive a crash whole: write aside, move into place, make the directory remember.</summary>
public static partial class DurableFile
{
    /// <summary>Writes a file anew, as UTF-8, and waits until it is on the disk. A file that could not be written to its end is removed.</summary>
    /// <exception cref="IOException">No space, no directory, a read-only file system.</exception>
    /// <exception cref="UnauthorizedAccessException">No right to write there.</exception>
    public static void Write(string path, string text)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        try
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>
    /// The text of a file, or of its first <paramref name="mostBytes"/> bytes; null when there is none. Unlike the BCL it takes no lock and does not wait for the other
    /// end of a pipe that somebody left there.
    /// </summary>
    /// <exception cref="LinuxException">The file cannot be opened or read: EACCES, EISDIR, EIO, EAGAIN for a pipe.</exception>
    public static string? Read(string path, int mostBytes)
    {
        using var file = Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (file.IsInvalid)
        {
            return Marshal.GetLastPInvokeError() == Errnos.ENOENT ? null : throw Libc.Failure($"open {path}");
        }

        using var bytes = new MemoryStream();
        Span<byte> chunk = stackalloc byte[4096];
        while (bytes.Length < mostBytes && Libc.read(file, chunk, (nuint)chunk.Length) is not 0 and var count)
        {
            if (count > 0)
            {
                bytes.Write(chunk[..(int)Math.Min(count, mostBytes - bytes.Length)]);
            }
            else if (Marshal.GetLastPInvokeError() != Errnos.EINTR)
            {
                throw Libc.Failure($"read {path}");
            }
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Waits until the names in a directory are on the disk: after a file was moved there or deleted.</summary>
    /// <exception cref="LinuxException">The directory cannot be opened.</exception>
    public static void FlushDirectory(string path)
    {
        using var directory = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (directory.IsInvalid)
        {
            throw Libc.Failure($"open {path}");
        }

        RandomAccess.FlushToDisk(directory);
    }
}
