using Flannel.Linux;

namespace Flannel.Reconcile;

public sealed partial class Reconciler
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UnconfirmedDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FightWindow = TimeSpan.FromSeconds(10);

    /// <summary>Repairs of one key within <see cref="FightWindow"/> that are still taken for accidents.</summary>
    private const int PatientRepairs = 5;

    /// <summary>Entries that wait for their next try.</summary>
    private readonly HashSet<Entry> _troubled = [];

    private readonly Dictionary<string, int> _prepared = [];

    /// <summary>Whether a difference may be mended now: a key that is undone again and again is left alone for ever longer.</summary>
    private bool MayRepair(Entry entry)
    {
        if (!entry.WasSettled || entry.Trouble is not { } trouble)
        {
            return true;
        }

        if (trouble.RetryAt == 0)
        {
            if (_time.GetElapsedTime(trouble.LastRepair) > FightWindow + FightPause(trouble))
            {
                trouble.Repairs = 0;
            }

            if (trouble.Repairs >= PatientRepairs)
            {
                if (trouble.Repairs == PatientRepairs)
                {
                    Log.Fight(_logger, entry.Wanted!, PatientRepairs);
                }

                Postpone(entry, FightPause(trouble));
                return false;
            }
        }

        trouble.RetryAt = 0;
        return true;
    }

    /// <summary>Counts a repair that succeeded; what the kernel refuses is nobody's fight.</summary>
    private void CountRepair(Entry entry, PassReport report)
    {
        var trouble = entry.Trouble ??= new Trouble();
        trouble.LastRepair = _time.GetTimestamp();
        trouble.Repairs++;
        report.Repaired();
    }

    private static TimeSpan FightPause(Trouble trouble) => trouble.Repairs < PatientRepairs
        ? TimeSpan.Zero
        : Min(TimeSpan.FromSeconds(1 << Math.Min(trouble.Repairs - PatientRepairs, 6)), LongestPause);

    /// <summary>Schedules another try, ever later, and reports an error that was not reported before.</summary>
    private void Fail(Entry entry, LinuxException error, PassReport report)
    {
        var trouble = entry.Trouble ??= new Trouble();
        if (trouble.Error?.Message != error.Message)
        {
            report.Failed(error);
        }

        trouble.Error = error;
        Postpone(entry, Min(FirstRetry * Math.Pow(2, Math.Min(trouble.Failures++, 20)), LongestRetry));
    }

    private void Postpone(Entry entry, TimeSpan delay)
    {
        var trouble = entry.Trouble ??= new Trouble();
        trouble.RetryAt = After(delay);
        _troubled.Add(entry);
    }

    /// <summary>Lets failed requests be tried again at once: a device or an address that they may have missed has come.</summary>
    private void ForgiveFailures()
    {
        foreach (var entry in _troubled)
        {
            if (entry.Trouble is { Error: not null } trouble)
            {
                (trouble.RetryAt, trouble.Failures) = (0, 0);
            }
        }
    }

    /// <summary>Queues the entries whose time has come.</summary>
    private void RequeueTroubled()
    {
        if (_troubled.Count == 0)
        {
            return;
        }

        var now = _time.GetTimestamp();
        foreach (var entry in _troubled.Where(e => e.Trouble is null || e.Agrees || e.Trouble.RetryAt <= now).ToList())
        {
            _troubled.Remove(entry);
            _table.Touch(entry);
        }
    }

    /// <summary>Time until something has to be looked at although the kernel and the mail are silent.</summary>
    private TimeSpan NextDeadline()
    {
        var next = _troubled.Aggregate(_nextAudit, static (soonest, entry) => Math.Min(soonest, entry.Trouble?.RetryAt ?? soonest));
        var wait = TimeSpan.FromSeconds((next - _time.GetTimestamp()) / (double)_time.TimestampFrequency);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
