using System.Net;
using System.Threading.Channels;
using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>
/// Leases as records of a key space: what etcd and the directory have in common. A host is known by its public IPv4 address, or by its public IPv6 address where it
/// publishes no other; two hosts that publish the same address share one lease.
/// </summary>
public sealed partial class KeyedLeaseStore : ILeaseStore
{
    /// <summary>How long a lease lives without renewal (store-etcd.md §5).</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromHours(24);

    /// <summary>How often a lost race is run again.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ILeaseRegistry _registry;
    private readonly TimeSpan _renewMargin;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BadRecords _bad;
    private readonly Outage _outage;

    /// <summary>What the look for the own lease has read: serves the first try to acquire it, once.</summary>
    private RegistrySnapshot? _found;

    /// <summary>What the own lease was acquired on, with that lease: serves as the begin of the watch, once.</summary>
    private RegistrySnapshot? _begin;

    /// <summary>The record of our lease as we wrote it.</summary>
    private RegistryRecord? _acquired;

    /// <param name="registry">Disposed with the store.</param>
    /// <param name="renewMargin">How long before its end a lease is renewed; less than <see cref="LeaseTime"/>.</param>
    /// <param name="time">The clock that leases run by.</param>
    /// <param name="logger">Told of outages, lost leases and unparsable records, each once.</param>
    internal KeyedLeaseStore(ILeaseRegistry registry, TimeSpan renewMargin, TimeProvider time, ILogger logger)
    {
        (_registry, _renewMargin, _time, _logger) = (registry, renewMargin, time, logger);
        _bad = new BadRecords(logger);
        _outage = registry.Outage ?? new Outage(logger, "the store");
    }

    public bool Allocates => true;

    public async Task<string> GetConfigAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstWait, LongestWait, _time);
        for (var waited = false; ; waited = true)
        {
            if (await PatientlyAsync(_registry.ReadConfigAsync, cancellationToken) is { } text)
            {
                if (waited)
                {
                    Log.ConfigFound(_logger);
                }

                return text;
            }

            if (!waited)
            {
                Log.ConfigMissing(_logger);
            }

            await backoff.WaitAsync(cancellationToken);
        }
    }

    public Task<AnnouncedAddresses> FindAnnouncedAsync(CancellationToken cancellationToken) => Task.FromResult(AnnouncedAddresses.None);

    public async Task<LeaseAttributes?> FindOwnAsync(LeaseAttributes identity, CancellationToken cancellationToken)
    {
        var read = await PatientlyAsync(_registry.ReadAllAsync, cancellationToken);
        _found = read;
        return ReadLeases(read.Records).Find(stored => stored.Lease.Attributes.IsSameHost(identity))?.Lease.Attributes;
    }

    public Task KeepAsync(Lease own, ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken) =>
        new LeaseKeeper(_registry, own, _acquired?.Name == own.Key.ToString() ? _acquired : null, _renewMargin, _time, _logger).RunAsync(updates, cancellationToken);

    public void Reconnect() => _registry.Reconnect();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    /// <summary>Asks until the store answers; an outage is told once, and its end.</summary>
    private async Task<T> PatientlyAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstWait, LongestWait, _time);
        while (true)
        {
            try
            {
                var answer = await ask(cancellationToken);
                _outage.End(backoff);
                return answer;
            }
            catch (StoreException e) when (e.IsTransient)
            {
                _outage.Begin(backoff, e);
            }

            await backoff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The records that are leases, in their order.</summary>
    private List<StoredLease> ReadLeases(IReadOnlyList<RegistryRecord> records)
    {
        var leases = new List<StoredLease>(records.Count);
        foreach (var record in records)
        {
            if (_bad.Read(record) is { } lease)
            {
                leases.Add(new StoredLease(record, lease));
            }
        }

        return leases;
    }

    /// <summary>The subnets that records occupy, readable value or not: any existing key counts.</summary>
    private static List<LeaseKey> ReadKeys(IEnumerable<RegistryRecord> records)
    {
        var keys = new List<LeaseKey>();
        foreach (var record in records)
        {
            if (LeaseKey.TryParse(record.Name, out var key))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "There is no network configuration in the store yet; waiting for one")]
        public static partial void ConfigMissing(ILogger logger);

        [LoggerMessage(LogLevel.Information, "Found the network configuration")]
        public static partial void ConfigFound(ILogger logger);

        [LoggerMessage(LogLevel.Warning, "Another host took {Key} under our public address {PublicAddress} at this moment: two hosts have one public address. It published {Value}. " + Twins.Remedy)]
        public static partial void Twin(ILogger logger, LeaseKey key, IPAddress? publicAddress, string value);

        [LoggerMessage(LogLevel.Information, "Keeping the subnet {Key}, which the store has under our public address")]
        public static partial void Found(ILogger logger, LeaseKey key);

        [LoggerMessage(LogLevel.Warning, "The subnet {Key} that the store has under our public address does not fit the network configuration; giving it up")]
        public static partial void Misfit(ILogger logger, LeaseKey key);

        [LoggerMessage(LogLevel.Information, "Took the subnet {Key}, the one of the previous run")]
        public static partial void TookPrevious(ILogger logger, LeaseKey key);

        [LoggerMessage(LogLevel.Warning, "The previous subnet {Previous} {Reason}; took {Key}")]
        public static partial void Renumbered(ILogger logger, LeaseKey previous, string reason, LeaseKey key);

        [LoggerMessage(LogLevel.Information, "Took the subnet {Key}")]
        public static partial void Took(ILogger logger, LeaseKey key);
    }
}
