using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Logging;

/// <summary>The logger of one category. Its lines name the last part of the category, usually a class.</summary>
internal sealed class KlogLogger : ILogger
{
    private const int StackVerbosity = 4;

    private readonly string _name;
    private readonly int _verbosity;
    private readonly LogLevel _threshold;
    private readonly BacktraceLocation _backtraceAt;
    private readonly KlogWriter _writer;

    public KlogLogger(string category, LogOptions options, KlogWriter writer)
    {
        _name = category[(category.LastIndexOf('.') + 1)..];
        _verbosity = options.Modules.For(category, _name) ?? options.Verbosity;
        _threshold = options.Threshold;
        _backtraceAt = options.BacktraceAt;
        _writer = writer;
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _threshold && logLevel switch
    {
        LogLevel.Trace => _verbosity >= StackVerbosity,
        LogLevel.Debug => _verbosity >= 1,
        LogLevel.None => false,
        _ => true,
    };

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        if (exception is not null)
        {
            text = text.Length == 0 ? exception.ToLine() : $"{text}: {exception.ToLine()}";
        }

        var stack = exception is not null && _verbosity >= StackVerbosity ? exception.ToString() : null;
        if (_backtraceAt.Matches(_name, eventId))
        {
            stack = stack is null ? Environment.StackTrace : $"{stack}\n{Environment.StackTrace}";
        }

        _writer.Write(LetterOf(logLevel), _name, eventId, text, stack);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private static char LetterOf(LogLevel level) => level switch
    {
        LogLevel.Critical => 'F',
        LogLevel.Error => 'E',
        LogLevel.Warning => 'W',
        _ => 'I',
    };
}
