using System.Diagnostics;

namespace Flannel.Cni;

/// <summary>Waits in a program that has nothing else to do.</summary>
internal static class Polling
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Looks at once and then again and again until the condition holds or the time is up; whether it held at the last look.</summary>
    public static bool Until(Func<bool> condition, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        using var never = new ManualResetEvent(false);
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) >= patience)
            {
                return false;
            }

            never.WaitOne(Pause);
        }

        return true;
    }
}
