namespace Flannel.Linux;

/// <summary>How a program ended and what it wrote to its standard output and standard error. A program ended by signal n has exit code 128 + n.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error);
