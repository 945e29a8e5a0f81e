using System.Runtime.ExceptionServices;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux;

/// <summary>
/// A network namespace held by a file descriptor. One made by <see cref="Create"/> has no other name: it vanishes with its holder, its processes and its sockets,
/// however they end.
/// </summary>
public sealed partial class Netns : IDisposable
{
    private const string OfThread = "/proc/thread-self/ns/net";

    private readonly SafeFileHandle _handle;

    private Netns(SafeFileHandle handle) => _handle = handle;

    /// <summary>Where other processes find it while this one holds it: <c>nsenter --net=/proc/1234/fd/56 ip link</c>.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_handle.DangerousGetHandle()}";

    /// <summary>Whether the calling thread is in this very namespace.</summary>
    public bool IsCurrent => NameOf(Path) == NameOf(OfThread);

    /// <summary>For a request that names the namespace by IFLA_NET_NS_FD; good as long as this is not disposed.</summary>
    internal int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>A new namespace with nothing but a loopback device, which is down.</summary>
    /// <exception cref="LinuxException">EPERM without CAP_SYS_ADMIN.</exception>
    public static Netns Create()
    {
        Netns? created = null;
        OnOwnThread(() =>
        {
            if (Libc.unshare(Libc.CLONE_NEWNET) < 0)
            {
                throw Libc.Failure("unshare(CLONE_NEWNET)");
            }

            created = Open(OfThread);
        });
        return created!;
    }

    /// <summary>The namespace behind a file such as <c>/run/netns/blue</c> or <c>/proc/1234/ns/net</c>.</summary>
    /// <exception cref="LinuxException">The file cannot be opened.</exception>
    public static Netns Open(string path)
    {
        var handle = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (handle.IsInvalid)
        {
            var failure = Libc.Failure($"open {path}");
            handle.Dispose();
            throw failure;
        }

        return new Netns(handle);
    }

    /// <summary>
    /// Runs the action inside the namespace and comes back. Sockets opened and programs started there belong to the namespace for good, whichever thread uses them later;
    /// /proc/sys/net is the namespace's own only during the action.
    /// </summary>
    /// <exception cref="LinuxException">Entering failed: EINVAL when the file is no network namespace, EPERM without CAP_SYS_ADMIN.</exception>
    public T Run<T>(Func<T> action)
    {
        using var home = Open(OfThread);
        Enter();
        try
        {
            return action();
        }
        finally
        {
            home.Return();
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    public void Dispose() => _handle.Dispose();

    // The kernel's own name, such as net:[4026531840], whatever file it was opened by.
    private static string? NameOf(string path) => new FileInfo(path).LinkTarget;

    private void Enter()
    {
        if (Libc.setns(_handle, Libc.CLONE_NEWNET) < 0)
        {
            throw Libc.Failure($"setns {Path}");
        }
    }

    // Whatever the thread does next would be done in the wrong place.
    private void Return()
    {
        if (Libc.setns(_handle, Libc.CLONE_NEWNET) < 0)
        {
            Environment.FailFast($"cannot return to the network namespace: {Libc.Failure("setns").Message}");
        }
    }

    // The thread is left in its new namespace, so it is made for this and ends with it.
    private static void OnOwnThread(Action action)
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
        })
        { IsBackground = true, Name = "netns" };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
