using System.Collections.Concurrent;
using System.Diagnostics;

namespace Flannel.Testing;

/// <summary>
/// Starts processes on a thread that lives as long as the test process. A child's parent-death signal comes when the thread that started it ends, and the pool ends idle
/// threads while a test still runs.
/// </summary>
internal static class Launcher
{
    private static readonly BlockingCollection<Action> Requests = StartThread();

    public static Process Start(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>();
        Requests.Add(() =>
        {
            try
            {
#pragma warning disable RS0030 // The one place of the test bed that starts programs which go on beside the test.
                started.SetResult(Process.Start(start)!);
#pragma warning restore RS0030
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var requests = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var request in requests.GetConsumingEnumerable())
            {
                request();
            }

        })
        { IsBackground = true, Name = "launcher" }.Start();
        return requests;
    }
}
