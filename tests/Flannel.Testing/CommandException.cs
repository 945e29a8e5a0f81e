using Flannel.Linux;

namespace Flannel.Testing;

/// <summary>A command of the test bed failed. The message has all there is to know: where, what, its input, its exit code, and what it wrote.</summary>
public sealed class CommandException(string node, string commandLine, string? input, ToolResult result)
    : Exception($"{node}# {commandLine}\n{input}exit code {result.ExitCode}\n{result.Error}{result.Output}");
