using Microsoft.Extensions.Logging;

namespace Flannel.Daemon.Logging;

/// <summary>The value of <c>-log_backtrace_at</c>: the place of a log line as the line itself gives it, <c>category:event</c>; the event's number does too.</summary>
internal sealed class BacktraceLocation
{
    public static readonly BacktraceLocation None = new("", "");

    private readonly string _category;
    private readonly string _event;

    private BacktraceLocation(string category, string @event) => (_category, _event) = (category, @event);

    /// <summary>Returns null, or why the text is refused. An empty text is none.</summary>
    public static string? Parse(string text, ref BacktraceLocation location)
    {
        var parts = text.Split(':');
        if (text.Length > 0 && (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0))
        {
            return "syntax error: expect category:event";
        }

        location = text.Length == 0 ? None : new BacktraceLocation(parts[0], parts[1]);
        return null;
    }

    public bool Matches(string shortName, EventId id) =>
        _category.Length > 0 && _category.Equals(shortName, StringComparison.OrdinalIgnoreCase) &&
        (_event.Equals(id.Name, StringComparison.OrdinalIgnoreCase) || _event == $"{id.Id}");

    public override string ToString() => _category.Length == 0 ? "" : $"{_category}:{_event}";
}
