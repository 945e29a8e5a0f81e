namespace Flannel.Daemon.Ctl;

/// <summary>Where flannelctl reads and writes, and the environment its flags may come from.</summary>
internal sealed record CtlConsole(TextReader Input, TextWriter Output, TextWriter Error, Func<string, string?> Environment)
{
    public static CtlConsole Own { get; } = new(Console.In, Console.Out, Console.Error, System.Environment.GetEnvironmentVariable);
}
