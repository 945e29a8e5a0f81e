namespace Flannel.Daemon;

/// <summary>
/// Whether the network is up, and what is missing while it is not: the step that start-up is at, and what the store reports that it waits for. Safe for all threads.
/// </summary>
internal sealed class Readiness : IProgress<string>
{
    private readonly Lock _lock = new();
    private bool _isUp;
    private string _step = "";
    private string _obstacle = "";

    public bool IsReady => Read().IsReady;

    /// <summary>What is missing, or empty when ready or unknown.</summary>
    public string Reason => Read().Reason;

    public void SetReady() => Set(true, "");

    public void SetWaiting(string reason) => Set(false, reason);

    /// <summary>Something is in the way of the store; an empty text when nothing is any more.</summary>
    public void Report(string value)
    {
        lock (_lock)
        {
            _obstacle = value;
        }
    }

    /// <summary>Both values of one moment.</summary>
    public (bool IsReady, string Reason) Read()
    {
        lock (_lock)
        {
            return (_isUp && _obstacle.Length == 0, _obstacle.Length > 0 ? _obstacle : _step);
        }
    }

    private void Set(bool isUp, string step)
    {
        lock (_lock)
        {
            (_isUp, _step) = (isUp, step);
        }
    }
}
