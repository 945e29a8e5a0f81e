using System.Text;
using Flannel.Linux;

namespace Flannel.Config;

/// <summary>The subnet file, <c>/run/flannel/subnet.env</c> by default (cli-and-env.md §8).</summary>
public static partial class SubnetFile
{
    private const string OtherFile = "name another file with --subnet-file";

    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode FileMode0644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Replaces the file as a whole: a reader sees the old content or the new, also after a crash. The mode is 0644 whatever the umask; a directory that is missing
    /// is made with 0755.
    /// </summary>
    /// <exception cref="HostException">The file cannot be written; the old one, if any, is as it was.</exception>
    public static void Write(string path, SubnetEnvironment environment)
    {
        var target = Path.GetFullPath(path);
        var directory = Path.GetDirectoryName(target) ?? throw new HostException($"cannot write {path}: it is a directory; {OtherFile}");

        // One fixed name: what a crash left behind is used up by the next start.
        var temporary = Path.Combine(directory, $".{Path.GetFileName(target)}.tmp");
        try
        {
            MakeDirectory(directory);
            WriteNew(temporary, Encoding.ASCII.GetBytes(environment.ToText()));
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw new HostException($"cannot write {path}: {Explain(fault)}", fault);
        }
    }

    internal static void MakeDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, DirectoryMode);
        }
    }

    private static void WriteNew(string path, byte[] content)
    {
        File.Delete(path);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 });
        file.Write(content);
        File.SetUnixFileMode(file.SafeFileHandle, FileMode0644);
        file.Flush(flushToDisk: true);
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // Where nothing can be deleted nothing was made either; the fault that led here is the one to report.
        }
    }

    // The runtime hands the errno on as HResult, for refused access in the inner exception.
    private static string Explain(Exception fault) => (fault.InnerException ?? fault).HResult switch
    {
        Errnos.ENOSPC or Errnos.EDQUOT => $"the file system is full; free some space or {OtherFile}",
        Errnos.EACCES or Errnos.EPERM => $"permission denied; run as root, make the directory writable or {OtherFile}",
        Errnos.EROFS => $"the file system is read-only; mount it writable or {OtherFile}",
        _ => $"{fault.Message.TrimEnd('.')}; {OtherFile}",
    };
}
