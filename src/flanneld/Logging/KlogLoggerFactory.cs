using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Logging;

/// <summary>Loggers that share one stream, each line written to it whole. Lines have the shape of klog, so that what reads flannel's log reads ours.</summary>
internal sealed class KlogLoggerFactory(LogOptions options, Stream output, TimeProvider time) : ILoggerFactory
{
    private readonly ConcurrentDictionary<string, KlogLogger> _loggers = new(StringComparer.Ordinal);
    private readonly KlogWriter _writer = new(output, time);

    public ILogger CreateLogger(string categoryName) =>
        _loggers.GetOrAdd(categoryName, static (category, shared) => new KlogLogger(category, shared.options, shared._writer), (options, _writer));

    /// <exception cref="NotSupportedException">Always: there is one place for log lines.</exception>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("log lines go to one stream");

    public void Dispose()
    {
        // The stream belongs to the caller.
    }
}
