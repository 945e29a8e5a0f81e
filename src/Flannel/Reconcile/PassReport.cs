using Flannel.Linux;
using Microsoft.Extensions.Logging;

namespace Flannel.Reconcile;

/// <summary>What one pass did, for the log: a line per change while they are few, their number when they are many.</summary>
internal sealed partial class PassReport(ILogger logger)
{
    private const int Few = 20;

    private readonly List<string> _changes = [];
    private readonly Dictionary<int, (LinuxException First, int Count)> _failures = [];
    private int _changeCount;
    private int _repairs;

    public void Changed(string text)
    {
        if (_changeCount++ < Few)
        {
            _changes.Add(text);
        }
    }

    /// <summary>Notes a step; its text is only made while there are few.</summary>
    public void Changed(in Step step)
    {
        if (_changeCount++ < Few)
        {
            _changes.Add(step.IsRemoval ? step.Subject.RemovalText : step.Subject.ToString());
        }
    }

    public void Repaired() => _repairs++;

    public void Failed(LinuxException error)
    {
        var (first, count) = _failures.GetValueOrDefault(error.Errno, (error, 0));
        _failures[error.Errno] = (first, count + 1);
    }

    public void Write()
    {
        if (_repairs > 0)
        {
            Log.Repairs(logger, _repairs);
        }

        if (_changeCount <= Few)
        {
            foreach (var text in _changes)
            {
                Log.Change(logger, text);
            }
        }
        else
        {
            Log.Changes(logger, _changeCount, _changes[0]);
        }

        foreach (var (first, count) in _failures.Values)
        {
            if (count == 1)
            {
                Log.Failure(logger, first.Message);
            }
            else
            {
                Log.Failures(logger, first.Message, count - 1);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Change}")]
        public static partial void Change(ILogger logger, string change);

        [LoggerMessage(2, LogLevel.Information, "{Count} changes to the kernel, the first: {Change}")]
        public static partial void Changes(ILogger logger, int count, string change);

        [LoggerMessage(3, LogLevel.Warning, "repairing {Count} of our objects that were changed from outside")]
        public static partial void Repairs(ILogger logger, int count);

        [LoggerMessage(4, LogLevel.Error, "the kernel refused: {Error}; trying again with growing pauses")]
        public static partial void Failure(ILogger logger, string error);

        [LoggerMessage(5, LogLevel.Error, "the kernel refused: {Error}, and {Count} more with the same error; trying again with growing pauses")]
        public static partial void Failures(ILogger logger, string error, int count);
    }
}
