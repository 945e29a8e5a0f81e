using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Flannel.Linux;
using Flannel.Linux.Interop;

namespace Flannel.KernelTests;

/// <summary>
/// A small tmpfs that only one thread sees: mount table, umask and file system user of that thread are its own and end with it, so nothing of it shows elsewhere,
/// whatever becomes of the test.
/// </summary>
internal static class PrivateDisk
{
    private const int CLONE_NEWNS = 0x00020000;
    private const ulong MS_RDONLY = 1;
    private const ulong MS_REMOUNT = 32;
    private const ulong MS_REC = 16384;
    private const ulong MS_PRIVATE = 1 << 18;

    /// <summary>Runs the action with the path of the empty file system, of a few pages.</summary>
    public static void Run(Action<string> action)
    {
        var directory = Directory.CreateTempSubdirectory("flannel-disk-").FullName;
        try
        {
            RunOnOwnThread(() =>
            {
                Check(Libc.unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
                Check(mount("none", "/", null, MS_REC | MS_PRIVATE, null), "mount --make-rprivate /");
                Check(mount("tmpfs", directory, "tmpfs", 0, "size=16k"), $"mount {directory}");
                action(directory);
            });
        }
        finally
        {
            Directory.Delete(directory);
        }
    }

    public static void MakeReadOnly(string directory) => Check(mount(null, directory, null, MS_REMOUNT | MS_RDONLY, null), $"mount -o remount,ro {directory}");

    /// <summary>The calling thread touches files as this user from now on.</summary>
    public static void ActAs(int user) => _ = setfsuid(user);

    /// <summary>The umask of the calling thread.</summary>
    public static void SetUmask(int mask) => _ = umask(mask);

    private static void RunOnOwnThread(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Check(int result, string operation)
    {
        if (result < 0)
        {
            throw new LinuxException(operation, Marshal.GetLastPInvokeError());
        }
    }

    // int mount(const char *source, const char *target, const char *filesystemtype, unsigned long mountflags, const void *data);
    [DllImport("libc", SetLastError = true)]
    private static extern int mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? source,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? filesystemtype,
        ulong mountflags,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

    // int setfsuid(uid_t fsuid);
    [DllImport("libc")]
    private static extern int setfsuid(int fsuid);

    // mode_t umask(mode_t mask);
    [DllImport("libc")]
    private static extern int umask(int mask);
}
