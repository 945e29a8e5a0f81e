namespace Flannel.Daemon.Options;

/// <summary>A flag with its parser and its value.</summary>
internal sealed class ValueFlag<T>(string name, string type, T initial, FlagParser<T> parse, Func<T, string> format, string usage)
    : Flag(name, type, usage)
{
    private T _value = initial;

    public T Value => _value;

    public override string Text => format(_value);

    public override string DefaultText { get; } = format(initial);

    public override string? Set(string text) => parse(text, ref _value);
}
