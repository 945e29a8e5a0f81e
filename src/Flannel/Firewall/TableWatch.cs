using Flannel.Linux;
using Microsoft.Extensions.Logging;

namespace Flannel.Firewall;

/// <summary>Keeps one table right from the moment somebody says that it may not be.</summary>
internal sealed partial class TableWatch(RuleTable table, RuleClaim claim, TimeProvider time, ILogger logger)
{
    private readonly Bell _bell = new();
    private readonly RepairPace _pace = new(time);
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1), time);
    private readonly HashSet<Cidr> _others = [];
    private string? _failure;

    public RuleTable Table => table;

    /// <summary>Asks for a look at the table.</summary>
    public void Touch() => _bell.Ring();

    /// <summary>Looks whenever asked to, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _bell.WaitAsync(cancellationToken);
            if (_pace.Wait is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            while (!await TryEnsureAsync(cancellationToken))
            {
                await _backoff.WaitAsync(cancellationToken);
            }
        }
    }

    private async Task<bool> TryEnsureAsync(CancellationToken cancellationToken)
    {
        try
        {
            var state = await table.EnsureAsync(claim, cancellationToken);
            if (state.Written)
            {
                Report();
            }

            foreach (var other in state.Others.Where(_others.Add))
            {
                Log.Shared(logger, table.Name, other);
            }
        }
        catch (FirewallException exception)
        {
            if (_failure != exception.Message)
            {
                Log.Failed(logger, table.Name, exception.Message);
            }

            _failure = exception.Message;
            return false;
        }

        _failure = null;
        _backoff.Reset();
        return true;
    }

    private void Report()
    {
        var before = _pace.IsFight;
        _pace.Repaired();
        if (!_pace.IsFight)
        {
            Log.Repaired(logger, table.Name);
        }
        else if (!before)
        {
            Log.Fight(logger, table.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Table}: shared with network {Network}, whose rules are another daemon's or a leftover; they stay as they are")]
        public static partial void Shared(ILogger logger, string table, Cidr network);

        [LoggerMessage(LogLevel.Information, "{Table}: rules were missing or changed, put back")]
        public static partial void Repaired(ILogger logger, string table);

        [LoggerMessage(LogLevel.Warning, "{Table}: another program damages flannel's rules again and again; repairing ever more slowly, up to once a minute")]
        public static partial void Fight(ILogger logger, string table);

        [LoggerMessage(LogLevel.Error, "{Table}: {Reason}; trying again")]
        public static partial void Failed(ILogger logger, string table, string reason);
    }
}
