using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Logging;

/// <summary>How much is logged.</summary>
internal sealed record LogOptions
{
    /// <summary>klog's number: from 1 on <see cref="LogLevel.Debug"/> is logged, from 4 on <see cref="LogLevel.Trace"/> and the stack of exceptions.</summary>
    public int Verbosity { get; init; }

    /// <summary>Where one matches a category it replaces <see cref="Verbosity"/> there.</summary>
    public VerbosityRules Modules { get; init; } = VerbosityRules.None;

    public BacktraceLocation BacktraceAt { get; init; } = BacktraceLocation.None;

    /// <summary>Nothing below it is logged, whatever the verbosity.</summary>
    public LogLevel Threshold { get; init; } = LogLevel.Trace;
}
