namespace Flannel.Firewall;

/// <summary>Something of ours found in a table.</summary>
/// <param name="Table">The name a <see cref="RuleTable"/> of it has.</param>
/// <param name="Commands">What deletes it, as one would type it.</param>
/// <param name="RemoveAsync">Deletes it in one transaction.</param>
internal sealed record Leftover(string Table, IReadOnlyList<string> Commands, Func<CancellationToken, Task> RemoveAsync);
