namespace Flannel.Daemon;

/// <summary>Whether the network is up, and what start-up waits for while it is not. Safe for all threads.</summary>
internal sealed class Readiness
{
    private volatile State _state = new(false, "");

    public bool IsReady => _state.Ready;

    /// <summary>What is missing, or empty when ready or unknown.</summary>
    public string Reason => _state.Reason;

    public void SetReady() => _state = new State(true, "");

    public void SetWaiting(string reason) => _state = new State(false, reason);

    /// <summary>Both values of one moment.</summary>
    public (bool IsReady, string Reason) Read()
    {
        var state = _state;
        return (state.Ready, state.Reason);
    }

    private sealed record State(bool Ready, string Reason);
}
