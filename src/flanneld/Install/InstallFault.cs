using Flannel.Linux;

namespace Flannel.Daemon.Install;

/// <summary>The faults of a file system that an installation reports in one line.</summary>
internal static class InstallFault
{
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException or LinuxException;
}
