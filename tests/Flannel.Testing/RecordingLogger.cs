using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Flannel.Testing;

/// <summary>Keeps the lines that were logged.</summary>
public sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<string> _lines = [];

    public int Count(string part) => _lines.Count(line => line.Contains(part, StringComparison.Ordinal));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(formatter(state, exception));
}
