using Flannel.Linux;

namespace Flannel.Firewall;

#pragma warning disable CA1001 // a semaphore whose wait handle is never asked for holds nothing that could be released
/// <summary>Runs firewall programs and turns a refusal into a <see cref="FirewallException"/>. What is run in turn never overlaps.</summary>
internal sealed class FirewallProgram(FirewallHost host)
#pragma warning restore CA1001
{
    // RESOURCE_PROBLEM of xtables: the lock was not free in time, or the kernel said EAGAIN.
    private const int ResourceProblem = 4;

    private readonly SemaphoreSlim _turn = new(1, 1);

    public bool Has(string name) => host.Find(name) is not null;

    /// <summary>The error for a program that is needed and not there.</summary>
    public void Require(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Has(name))
            {
                var (debian, redHat) = name.StartsWith("nft", StringComparison.Ordinal) ? ("nftables", "nftables") : ("iptables", "iptables-nft");
                throw new FirewallException($"{name} not found in PATH; install the package {debian} (Debian, Ubuntu) or {redHat} (RHEL, Fedora)");
            }
        }
    }

    /// <summary>Does several runs in a row that nothing else of this instance comes between.</summary>
    public async Task<T> InTurnAsync<T>(Func<Task<T>> runs, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await runs();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What the program printed.</summary>
    /// <exception cref="FirewallException">It is missing, or ended with a code that is not zero.</exception>
    public async Task<string> RunAsync(string name, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        var result = await TryAsync(name, arguments, input, cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new FirewallException($"{name} {string.Join(' ', arguments)}: {Reason(result)}", result.ExitCode == ResourceProblem);
    }

    /// <summary>The result, whatever it is.</summary>
    /// <exception cref="FirewallException">The program is missing or cannot be started.</exception>
    public async Task<ToolResult> TryAsync(string name, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        Require(name);
        try
        {
            return await host.Run(host.Find(name)!, arguments, input, cancellationToken);
        }
        catch (LinuxException exception)
        {
            throw new FirewallException(exception.Message);
        }
    }

    // One line: the usage hints that follow say nothing about the cause.
    private static string Reason(ToolResult result)
    {
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith("Try `", StringComparison.Ordinal) && !line.StartsWith('^') && !line.StartsWith('#'));
        var text = string.Join("; ", lines.Take(3));
        return text.Length > 0 ? text : $"exit code {result.ExitCode}";
    }
}
