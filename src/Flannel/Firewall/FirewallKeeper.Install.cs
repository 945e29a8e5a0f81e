using Flannel.Linux.Firewall;
using Microsoft.Extensions.Logging;

namespace Flannel.Firewall;

public sealed partial class FirewallKeeper
{
    private const int Tries = 5;

    /// <summary>
    /// Installs all rules, those of both families at the same time. What is right already is not touched; what is not is written in one
    /// transaction per table. Forward rules that fail are logged.
    /// </summary>
    /// <exception cref="FirewallException">The masquerade rules cannot be installed: a program is missing or refuses.</exception>
    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        var families = options.Manager == TrafficManager.Iptables
            ? networks.Select(local => InstallTablesAsync(() => IptablesAsync(local, cancellationToken), cancellationToken))
            : [InstallTablesAsync(() => NftablesAsync(cancellationToken), cancellationToken)];
        foreach (var installed in await Task.WhenAll(families))
        {
            _watches.AddRange(installed.Select(table => new TableWatch(table, _own, time, logger)));
        }
    }

    private async Task<IReadOnlyList<RuleTable>> InstallTablesAsync(Func<Task<IReadOnlyList<RuleTable>>> open, CancellationToken cancellationToken)
    {
        IReadOnlyList<RuleTable> tables = [];
        try
        {
            tables = await open();
        }
        catch (FirewallException exception) when (options is { Masquerade: false, Manager: TrafficManager.Iptables })
        {
            Log.NotInstalled(logger, "forward", exception.Message);
        }

        foreach (var table in tables)
        {
            try
            {
                await InstallTableAsync(table, cancellationToken);
            }
            catch (FirewallException exception) when (!table.IsRequired)
            {
                Log.NotInstalled(logger, table.Purpose, exception.Message);
            }
        }

        return tables;
    }

    private async Task InstallTableAsync(RuleTable table, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), time);
        for (var tries = 1; ; tries++)
        {
            try
            {
                // Earlier networks only now: later one of them may be another daemon's.
                var state = await table.EnsureAsync(_ownAndEarlier, cancellationToken);
                Log.Installed(logger, table.Name, table.Purpose, state.Written ? "installed" : "in place");
                return;
            }
            catch (FirewallException exception) when (exception.IsTransient && tries < Tries)
            {
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<RuleTable>> IptablesAsync(LocalNetwork local, CancellationToken cancellationToken)
    {
        if (!options.Masquerade && !options.Forward)
        {
            return [];
        }

        var program = await Iptables.OpenAsync(host, await IptablesChoice.NameAsync(host, ProgramOf(local), cancellationToken), cancellationToken);
        var fullyRandom = options.FullyRandom && program.Version.HasWaitAndRandomFully;
        var tables = new List<RuleTable>();
        if (options.Masquerade)
        {
            tables.Add(new IptablesRuleTable(program, MasqueradeRules.Iptables(local, fullyRandom), local.IsIPv6));
        }

        if (options.Forward)
        {
            tables.Add(new IptablesRuleTable(program, ForwardRules.Iptables(local), local.IsIPv6));
        }

        return tables;
    }

    private async Task<IReadOnlyList<RuleTable>> NftablesAsync(CancellationToken cancellationToken)
    {
        var nft = Nft.Open(host);
        var fullyRandom = options is { Masquerade: true, FullyRandom: true } && await nft.KnowsFullyRandomAsync(cancellationToken);
        // Both tables are always made, even when a family has no network.
        return [new NftRuleTable(nft, Wanted(false, fullyRandom), options), new NftRuleTable(nft, Wanted(true, fullyRandom), options)];
    }

    private NftTable Wanted(bool isIPv6, bool fullyRandom) => NftRuleTable.Empty(isIPv6) with
    {
        Chains =
        [
            .. from local in networks where local.IsIPv6 == isIPv6 && options.Masquerade select MasqueradeRules.Nftables(local, fullyRandom),
            .. from local in networks where local.IsIPv6 == isIPv6 && options.Forward select ForwardRules.Nftables(local),
        ],
    };

    // After the installation, so that there is no moment without rules. What stays behind may treat packets twice but stops nothing: no failure.
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var kept = _watches.Select(watch => watch.Table.Name).ToHashSet();
        foreach (var leftover in (await new LeftoverSearch(host).FindAsync(_ownAndEarlier, cancellationToken)).Where(leftover => !kept.Contains(leftover.Table)))
        {
            try
            {
                await leftover.RemoveAsync(cancellationToken);
                Log.Swept(logger, leftover.Table);
            }
            catch (FirewallException exception)
            {
                Log.NotSwept(logger, leftover.Table, exception.Message);
            }
        }
    }

    private static string ProgramOf(LocalNetwork local) => local.IsIPv6 ? "ip6tables" : "iptables";

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Table}: {Purpose} rules {State}")]
        public static partial void Installed(ILogger logger, string table, string purpose, string state);

        [LoggerMessage(LogLevel.Error, "cannot install the {Purpose} rules: {Reason}")]
        public static partial void NotInstalled(ILogger logger, string purpose, string reason);

        [LoggerMessage(LogLevel.Information, "{Table}: removed flannel's rules of an earlier run")]
        public static partial void Swept(ILogger logger, string table);

        [LoggerMessage(LogLevel.Warning, "{Table}: cannot remove flannel's rules of an earlier run: {Reason}")]
        public static partial void NotSwept(ILogger logger, string table, string reason);

        [LoggerMessage(LogLevel.Warning, "{Finding}")]
        public static partial void Dropped(ILogger logger, string finding);

        [LoggerMessage(LogLevel.Warning, "{Finding}")]
        public static partial void WrongVariant(ILogger logger, string finding);
    }
}
