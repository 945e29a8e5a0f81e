using Flannel.Linux;
using Flannel.Linux.Firewall;

namespace Flannel.Firewall;

/// <summary>Runs a program to its end; the arguments and results are those of <see cref="Tool.RunAsync"/>.</summary>
public delegate Task<ToolResult> ToolRunner(string file, IReadOnlyList<string> arguments, string? standardInput, CancellationToken cancellationToken);

/// <summary>What a keeper needs of the host whose rules it keeps. A host of a test is a network namespace.</summary>
/// <param name="Find">The path of a program by its name, or null.</param>
/// <param name="Run">Starts a program found so.</param>
/// <param name="Listen">Opens the kernel's announcements of nftables changes.</param>
public sealed record FirewallHost(Func<string, string?> Find, ToolRunner Run, Func<NftablesNotifications> Listen)
{
    /// <summary>The host this process runs on.</summary>
    public static FirewallHost Own { get; } = new(Tool.Find, Tool.RunAsync, () => new NftablesNotifications());
}
