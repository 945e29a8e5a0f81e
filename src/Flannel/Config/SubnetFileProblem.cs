using Microsoft.Extensions.Logging;

namespace Flannel.Config;

/// <summary>A part of the subnet file that could not be used: a line for the log and how serious it is.</summary>
public readonly record struct SubnetFileProblem(LogLevel Level, string Text);
