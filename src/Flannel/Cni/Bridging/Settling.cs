using System.Diagnostics;
using Flannel.Linux.Rtnetlink;

namespace Flannel.Cni.Bridging;

/// <summary>Waits for what the kernel finishes by itself, no longer than it takes.</summary>
internal static class Settling
{
    /// <summary>Looks, and while the condition does not hold looks again whenever a link or an address of this thread's namespace changed. False when the time is up.</summary>
    public static bool Until(Func<bool> condition, TimeSpan limit)
    {
        if (condition())
        {
            return true;
        }

        var start = Stopwatch.GetTimestamp();
        using var changes = RtnetlinkNotifications.OfDevices();
        while (!condition())
        {
            var left = limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            changes.Wait(left);
            changes.Drain(static _ => { });
        }

        return true;
    }
}
