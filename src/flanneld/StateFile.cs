using Flannel.Config;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon;

/// <summary>Keeps the daemon's state beside the subnet file, for the CNI plugin to quote. It serves messages only, so a failure is a warning, once.</summary>
internal sealed partial class StateFile(string subnetFile, TimeProvider time, ILogger<StateFile> logger)
{
    private readonly string _path = DaemonState.FileBeside(subnetFile);
    private bool _failureLogged;

    /// <param name="phase">One of the phases of <see cref="DaemonState"/>.</param>
    /// <param name="reason">What is missing, or why the daemon ended; empty when ready.</param>
    public void Write(string phase, string reason)
    {
        try
        {
            new DaemonState(phase, reason, time.GetUtcNow()).Write(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (!_failureLogged)
            {
                Log.NotWritten(logger, _path, fault.Message);
            }

            _failureLogged = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Path} is not written, so the CNI plugin cannot say what flanneld waits for: {Reason}")]
        public static partial void NotWritten(ILogger logger, string path, string reason);
    }
}
