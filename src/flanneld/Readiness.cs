using Flannel.Config;

namespace Flannel.Daemon;

/// <summary>
/// Whether the network is up, and what is missing while it is not: the step that start-up is at, and what the store reports that it waits for. Safe for all threads.
/// </summary>
/// <param name="file">Where every change is written down; null for nowhere.</param>
internal sealed class Readiness(StateFile? file = null) : IProgress<string>
{
    private readonly Lock _lock = new();
    private (string Phase, string Reason) _written;
    private string _phase = DaemonState.Waiting;
    private string _step = "";
    private string _obstacle = "";

    public bool IsReady => Read().IsReady;

    /// <summary>What is missing, or empty when ready or unknown.</summary>
    public string Reason => Read().Reason;

    public void SetReady() => Set(DaemonState.Ready, "");

    public void SetWaiting(string reason) => Set(DaemonState.Waiting, reason);

    /// <summary>The daemon ends, and why.</summary>
    public void SetStopped(string reason) => Set(DaemonState.Stopped, reason);

    /// <summary>Something is in the way of the store; an empty text when nothing is any more.</summary>
    public void Report(string value)
    {
        lock (_lock)
        {
            _obstacle = value;
            WriteChange();
        }
    }

    /// <summary>Both values of one moment.</summary>
    public (bool IsReady, string Reason) Read()
    {
        lock (_lock)
        {
            return (_phase == DaemonState.Ready && _obstacle.Length == 0, _obstacle.Length > 0 ? _obstacle : _step);
        }
    }

    private void Set(string phase, string step)
    {
        lock (_lock)
        {
            (_phase, _step) = (phase, step);
            WriteChange();
        }
    }

    // In the lock, so that the file ends up with the last state.
    private void WriteChange()
    {
        var state = _phase == DaemonState.Stopped ? (_phase, _step) : _obstacle.Length > 0 ? (DaemonState.Waiting, _obstacle) : (_phase, _step);
        if (state != _written)
        {
            _written = state;
            file?.Write(state.Item1, state.Item2);
        }
    }
}
