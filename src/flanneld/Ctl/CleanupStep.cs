namespace Flannel.Daemon.Ctl;

/// <summary>Something of ours on this host.</summary>
/// <param name="Commands">What removes it, as one would type it.</param>
/// <param name="RunAsync">Removes it.</param>
internal sealed record CleanupStep(IReadOnlyList<string> Commands, Func<CancellationToken, Task> RunAsync);
