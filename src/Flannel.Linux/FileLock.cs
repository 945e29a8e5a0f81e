using System.Runtime.InteropServices;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>An advisory lock on a file, flock(2): it holds between processes and between two holders in one process, and ends with its holder.</summary>
public sealed class FileLock : IDisposable
{
    /// <summary>0644. To lock a file one need not write it, so whoever may look at the leases may also wait for their writer.</summary>
    private const uint ReadableByAll = 0x1A4;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits for the lock on a file, which is created when missing. Dispose the result to release it.</summary>
    /// <param name="path">The file; its content is of no concern.</param>
    /// <param name="isShared">Any number of shared holders, or a single one that is not.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="LinuxException">EACCES, ENOENT for its directory, EROFS, ENOLCK where the file system has no locks.</exception>
    public static async Task<FileLock> AcquireAsync(string path, bool isShared, CancellationToken cancellationToken)
    {
        var file = Open(path, ReadableByAll);
        try
        {
            // Not waiting in the kernel: a holder that was stopped must not hold a thread of ours, and the token must be heard.
            while (!TryLock(file, path, isShared))
            {
                await Task.Delay(Pause, cancellationToken);
            }

            return new FileLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the lock as its single holder, in the kernel: for a program with one thing to do. The file is created with <paramref name="mode"/> when missing.</summary>
    /// <exception cref="LinuxException">As with <see cref="AcquireAsync"/>.</exception>
    public static FileLock Acquire(string path, UnixFileMode mode)
    {
        var file = Open(path, (uint)mode);
        while (Libc.flock(file, Libc.LOCK_EX) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Errnos.EINTR)
            {
                var failure = Libc.Failure($"flock {path}");
                file.Dispose();
                throw failure;
            }
        }

        return new FileLock(file);
    }

    /// <summary>Releases the lock at once: a program that is being started has our descriptors too until it runs, and closing ours alone would leave the lock to it.</summary>
    public void Dispose()
    {
        _ = Libc.flock(_file, Libc.LOCK_UN);
        _file.Dispose();
    }

    private static SafeFileHandle Open(string path, uint mode)
    {
        var file = Libc.open(path, Libc.O_RDONLY | Libc.O_CREAT | Libc.O_CLOEXEC, mode);
        return file.IsInvalid ? throw Libc.Failure($"open {path}") : file;
    }

    private static bool TryLock(SafeFileHandle file, string path, bool isShared)
    {
        if (Libc.flock(file, (isShared ? Libc.LOCK_SH : Libc.LOCK_EX) | Libc.LOCK_NB) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is Errnos.EAGAIN or Errnos.EINTR ? false : throw Libc.Failure($"flock {path}");
    }
}
