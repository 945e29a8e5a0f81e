using Flannel.Linux;

namespace Flannel.Cni.Bridging;

/// <summary>The network namespace of a container, as <c>CNI_NETNS</c> names it.</summary>
internal static class PodNamespace
{
    /// <exception cref="CniException">There is no such file.</exception>
    public static Netns Open(string path)
    {
        try
        {
            return Netns.Open(path);
        }
        catch (LinuxException missing)
        {
            throw new CniException(CniException.Internal, $"failed to open netns \"{path}\": {Errnos.Describe(missing.Errno)}", cause: missing);
        }
    }

    /// <summary>
    /// Runs the action inside; does nothing when the namespace is gone: no path, no file, or one that is only left over from a mount of a namespace.
    /// </summary>
    public static void TryRun(string path, Action action)
    {
        if (path.Length == 0)
        {
            return;
        }

        try
        {
            using var netns = Netns.Open(path);
            netns.Run(action);
        }
        catch (LinuxException gone) when (gone is not NetlinkException && gone.Errno is Errnos.ENOENT or Errnos.EINVAL)
        {
            // Interface, addresses and routes went with the namespace.
        }
    }
}
