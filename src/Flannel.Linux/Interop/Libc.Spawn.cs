using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Interop;

// spawn.h, sys/wait.h, signal.h and sys/mman.h: programs run to their end
internal static partial class Libc
{
    public const int POSIX_SPAWN_SETSIGDEF = 0x4;
    public const int POSIX_SPAWN_SETSIGMASK = 0x8;

    public const int SIGPIPE = 13;

    public const uint MFD_CLOEXEC = 0x1;

    // int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict file_actions,
    //                 const posix_spawnattr_t *restrict attrp, char *const argv[restrict], char *const envp[restrict]);
    // Returns the error's number itself.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int posix_spawn(
        out int pid, string path, in posix_spawn_file_actions_t file_actions, in posix_spawnattr_t attrp, string?[] argv, string?[] envp);

    // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *file_actions);
    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_init(out posix_spawn_file_actions_t file_actions);

    // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *file_actions);
    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_destroy(ref posix_spawn_file_actions_t file_actions);

    // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *file_actions, int fildes, int newfildes);
    [LibraryImport(Library)]
    public static partial int posix_spawn_file_actions_adddup2(ref posix_spawn_file_actions_t file_actions, SafeFileHandle fildes, int newfildes);

    // int posix_spawnattr_init(posix_spawnattr_t *attr);
    [LibraryImport(Library)]
    public static partial int posix_spawnattr_init(out posix_spawnattr_t attr);

    // int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags);
    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setflags(ref posix_spawnattr_t attr, short flags);

    // int posix_spawnattr_setsigdefault(posix_spawnattr_t *restrict attr, const sigset_t *restrict sigdefault);
    [LibraryImport(Library)]
    public static partial int posix_spawnattr_setsigdefault(ref posix_spawnattr_t attr, in sigset_t sigdefault);

    // int sigaddset(sigset_t *set, int signum);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int sigaddset(ref sigset_t set, int signum);

    // pid_t waitpid(pid_t pid, int *wstatus, int options);
    [LibraryImport(Library, SetLastError = true)]
    public static partial int waitpid(int pid, out int wstatus, int options);

    // int memfd_create(const char *name, unsigned int flags);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle memfd_create(string name, uint flags);
}

// Opaque, 80 bytes in the GNU C library on 64-bit machines; room for others.
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct posix_spawn_file_actions_t;

// Opaque, 336 bytes in the GNU C library; room for others.
[StructLayout(LayoutKind.Sequential, Size = 512)]
internal struct posix_spawnattr_t;

// 1024 bits; all zero is the empty set.
[StructLayout(LayoutKind.Sequential, Size = 128)]
internal struct sigset_t;
