namespace Flannel.Daemon.Options;

/// <summary>One option of a program, named without dashes.</summary>
internal abstract class Flag(string name, string type, string usage)
{
    public string Name { get; } = name;

    /// <summary>The word the usage text puts behind the name: <c>string</c>, <c>int</c>, <c>value</c>, or <c>bool</c>, which it leaves out.</summary>
    public string Type { get; } = type;

    public string Usage { get; } = usage;

    /// <summary>A flag without a value means true.</summary>
    public bool IsBoolean => Type == "bool";

    /// <summary>Its value is never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Given on the command line; the environment does not touch it then.</summary>
    public bool IsGiven { get; set; }

    /// <summary>The value as text, as a user would write it.</summary>
    public abstract string Text { get; }

    /// <summary><see cref="Text"/> before anything was read.</summary>
    public abstract string DefaultText { get; }

    /// <summary>Takes a value. Returns null, or the reason for the refusal; the value then stays as it was.</summary>
    public abstract string? Set(string text);
}
