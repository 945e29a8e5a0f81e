using Flannel.Daemon.Logging;

namespace Flannel.Daemon.Options;

/// <summary>The flags that say how much is logged.</summary>
internal sealed class LogFlags(FlagSet flags)
{
    private readonly ValueFlag<long> _verbosity = flags.Integer("v", 0, "log verbosity: 1 for details, 4 for everything and stack traces");

    private readonly ValueFlag<VerbosityRules> _modules = flags.Value(
        "vmodule", "value", VerbosityRules.None, VerbosityRules.Parse, rules => rules.ToString(), "comma-separated pattern=N: verbosity of the categories that match");

    private readonly ValueFlag<BacktraceLocation> _backtraceAt = flags.Value(
        "log_backtrace_at", "value", BacktraceLocation.None, BacktraceLocation.Parse, location => location.ToString(), "log a stack trace with each line of category:event");

    public LogOptions Read() => new()
    {
        Verbosity = (int)Math.Clamp(_verbosity.Value, int.MinValue, int.MaxValue),
        Modules = _modules.Value,
        BacktraceAt = _backtraceAt.Value,
    };
}
