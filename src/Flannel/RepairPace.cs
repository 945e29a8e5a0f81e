namespace Flannel;

/// <summary>
/// How soon to repair what others damage: at once a few times, then ever more slowly up to a minute, so that two programs that disagree do not
/// keep the host busy. Some minutes without damage and all is forgotten.
/// </summary>
internal sealed class RepairPace(TimeProvider time)
{
    private const int Free = 5;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Cap = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Calm = 3 * Cap;

    private int _repairs;
    private long _last;

    /// <summary>Whether the last repair was one too many in a row.</summary>
    public bool IsFight => _repairs > Free;

    /// <summary>How long to wait before looking again.</summary>
    public TimeSpan Wait
    {
        get
        {
            if (!IsFight)
            {
                return TimeSpan.Zero;
            }

            var interval = Math.Min(Cap.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(_repairs - Free - 1, 20)));
            var left = TimeSpan.FromMilliseconds(interval) - time.GetElapsedTime(_last);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Counts a repair.</summary>
    public void Repaired()
    {
        if (_repairs > 0 && time.GetElapsedTime(_last) > Calm)
        {
            _repairs = 0;
        }

        _repairs++;
        _last = time.GetTimestamp();
    }
}
