using System.Globalization;

namespace Flannel.Daemon.Ctl;

/// <summary>Lengths of time as an operator writes them: <c>90s</c>, <c>5m</c>, <c>36h</c>, <c>7d</c>.</summary>
internal static class Age
{
    /// <exception cref="FormatException">It is no whole number with a unit.</exception>
    public static TimeSpan Parse(string text)
    {
        if (text.Length == 0 || !uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Bad(text);
        }

        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(Math.Min(number, 365_000)),
            _ => throw Bad(text),
        };
    }

    /// <summary>In the largest unit that goes into it more than once.</summary>
    public static string Text(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 } => Count(age.TotalDays, 'd'),
        { TotalHours: >= 2 } => Count(age.TotalHours, 'h'),
        { TotalMinutes: >= 2 } => Count(age.TotalMinutes, 'm'),
        _ => Count(Math.Max(0, age.TotalSeconds), 's'),
    };

    private static string Count(double number, char unit) => string.Create(CultureInfo.InvariantCulture, $"{(long)number}{unit}");

    private static FormatException Bad(string text) => new($"{text} is no length of time such as 90s, 5m, 36h or 7d");
}
