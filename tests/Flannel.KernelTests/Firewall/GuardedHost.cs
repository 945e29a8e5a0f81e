using System.Collections.Concurrent;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Flannel.KernelTests.Firewall;

/// <summary>A network namespace whose rules a keeper keeps, with the iptables variant of the test in front.</summary>
/// <param name="kind">Who holds the rules, and which iptables is the one in PATH.</param>
/// <param name="housemate">Another view of the same namespace, which owns it.</param>
internal sealed class GuardedHost(FirewallKind kind, GuardedHost? housemate = null) : IAsyncDisposable
{
    public static readonly LocalNetwork V4 = new(Cidr.Parse("10.5.0.0/16"), Cidr.Parse("10.5.7.0/24"));
    public static readonly LocalNetwork V6 = new(Cidr.Parse("fd00:5::/48"), Cidr.Parse("fd00:5:0:7::/64"));

    private readonly Netns _namespace = housemate?._namespace ?? Netns.Create();
    private readonly CancellationTokenSource _life = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _running = Task.CompletedTask;
    private int _transactions;
    private int _readings;

    public FirewallOptions Options { get; init; } = new()
    {
        Manager = kind == FirewallKind.Nftables ? TrafficManager.Nftables : TrafficManager.Iptables,
        Masquerade = true,
        Resync = TimeSpan.FromMilliseconds(200),
    };

    public IReadOnlyList<Cidr> EarlierNetworks { get; init; } = [];

    /// <summary>Programs that this host does not have.</summary>
    public IReadOnlyCollection<string> Missing { get; init; } = [];

    /// <summary>The xtables lock of this host, where it has one of its own.</summary>
    public string? LockFile { get; init; }

    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>How often the keeper wrote something.</summary>
    public int Transactions => Volatile.Read(ref _transactions);

    /// <summary>How often the keeper read iptables' table nat.</summary>
    public int Readings => Volatile.Read(ref _readings);

    public FirewallKeeper Keeper(params IReadOnlyList<LocalNetwork> networks) => new(
        Options with { EarlierNetworks = EarlierNetworks }, networks, new FirewallHost(Find, RunCountedAsync, () => _namespace.Run(() => new NftablesNotifications())), TimeProvider.System, new LineLogger(Lines));

    /// <summary>Installs the rules and keeps them until the host is gone.</summary>
    public async Task<FirewallKeeper> StartAsync(params IReadOnlyList<LocalNetwork> networks)
    {
        var keeper = Keeper(networks);
        await keeper.InstallAsync(_life.Token);
        // It listens when the call returns.
        _running = keeper.RunAsync(_life.Token);
        return keeper;
    }

    /// <summary>Runs a command as another program of the host would, and returns what it prints.</summary>
    public async Task<string> RunAsync(string command, string? input = null)
    {
        var words = command.Split(' ');
        var result = await StartToolAsync(Find(words[0])!, words[1..], input, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, $"{command}: {result.Error}\n{input}");
        return result.Output;
    }

    /// <summary>All rules of both families, without times and counters.</summary>
    public async Task<string> RulesAsync()
    {
        var text = kind == FirewallKind.Nftables
            ? await RunAsync("nft -s list ruleset")
            : await RunAsync("iptables-save") + await RunAsync("ip6tables-save");
        return string.Join('\n', text.Split('\n').Where(line => !line.StartsWith('#')));
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await _running;
            _life.Token.ThrowIfCancellationRequested();
        });
        _life.Dispose();
        if (housemate is null)
        {
            _namespace.Dispose();
        }
    }

    private string? Find(string name) => Missing.Contains(name) ? null : Tool.Find(kind switch
    {
        FirewallKind.IptablesLegacy when IsPlain(name) => name.Replace("tables", "tables-legacy", StringComparison.Ordinal),
        FirewallKind.IptablesOnNft when IsPlain(name) => name.Replace("tables", "tables-nft", StringComparison.Ordinal),
        _ => name,
    });

    private static bool IsPlain(string name) => name.Split('-') is ["iptables" or "ip6tables"] or ["iptables" or "ip6tables", "save" or "restore"];

    private Task<ToolResult> RunCountedAsync(string file, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken)
    {
        if (file.EndsWith("-restore", StringComparison.Ordinal) || arguments is ["-f", "-"])
        {
            Interlocked.Increment(ref _transactions);
        }
        else if (arguments is ["-t", "nat"])
        {
            Interlocked.Increment(ref _readings);
        }

        return StartToolAsync(file, arguments, input, cancellationToken);
    }

    private Task<ToolResult> StartToolAsync(string file, IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken) =>
        _namespace.Run(() => LockFile is null
            ? Tool.RunAsync(file, arguments, input, cancellationToken)
            : Tool.RunAsync("env", [$"XTABLES_LOCKFILE={LockFile}", file, .. arguments], input, cancellationToken));

    private sealed class LineLogger(ConcurrentQueue<string> lines) : ILogger<FirewallKeeper>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
    }
}
