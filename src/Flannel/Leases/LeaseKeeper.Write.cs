using System.Net;
using Flannel.Stores;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

internal sealed partial class LeaseKeeper
{
    private void WriteNow()
    {
        _isUrgent = true;
        _due = _time.GetUtcNow();
        _backoff.Reset();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            var written = _record is null ? await CreateAgainAsync(cancellationToken) : await ReplaceAsync(_record, cancellationToken);
            if (written is null)
            {
                _isUrgent = true;
                _due = _time.GetUtcNow() + _backoff.Next();
                return;
            }

            Settle(written);
        }
        catch (StoreException e)
        {
            _isFailing = true;
            Report(e);
            _due = _time.GetUtcNow() + (_isUrgent ? _backoff.Next() : RenewalRetry);
        }
    }

    /// <summary>Says once that the lease cannot be written; of a store that is away, the outage speaks.</summary>
    private void Report(StoreException fault)
    {
        if (fault.IsTransient && _registry.Outage is { } outage)
        {
            outage.Notice(fault);
        }
        else if (!_isReported)
        {
            Log.NotWritten(_logger, _key, fault.Message);
            _isReported = true;
        }
    }

    private void Settle(RegistryRecord written)
    {
        _registry.Outage?.End(this);
        if (_isReported)
        {
            Log.WrittenAgain(_logger, _key);
            _isReported = false;
        }

        _record = written;
        Remember(_written, written.Version);
        _isUrgent = _isFailing = false;
        _backoff.Reset();
        _due = written.IsPermanent ? null : RenewalOf(written.Expires ?? _time.GetUtcNow() + KeyedLeaseStore.LeaseTime);
    }

    /// <summary>The margin before the end, but not sooner than a retry would come: a store that grants less than the margin must not be written to without pause.</summary>
    private DateTimeOffset RenewalOf(DateTimeOffset expires)
    {
        var (wanted, soonest) = (expires - _renewMargin, _time.GetUtcNow() + RenewalRetry);
        return wanted > soonest ? wanted : soonest;
    }

    /// <summary>Writes what we want to a record we have seen. Null: it changed meanwhile; what it is now has been observed.</summary>
    private async Task<RegistryRecord?> ReplaceAsync(RegistryRecord record, CancellationToken cancellationToken)
    {
        var value = Publish();
        if (await _registry.ReplaceAsync(record, value, record.IsPermanent ? null : KeyedLeaseStore.LeaseTime, cancellationToken) is { } written)
        {
            return written;
        }

        var records = await _registry.ListAsync(withExpiry: false, cancellationToken);
        Observe(records.FirstOrDefault(other => other.Name == _name));
        return null;
    }

    /// <summary>
    /// Takes the subnet again after its record vanished. Null: something came between. A reservation comes back as a lease: to reserve is the operator's act.
    /// </summary>
    private async Task<RegistryRecord?> CreateAgainAsync(CancellationToken cancellationToken)
    {
        var records = await _registry.ListAsync(withExpiry: false, cancellationToken);
        if (records.FirstOrDefault(record => record.Name == _name) is { } found)
        {
            Observe(found);
            return await ReplaceAsync(found, cancellationToken);
        }

        if (FindOverlap(records) is { } other)
        {
            throw Lost(_name, other);
        }

        if (await _registry.CreateAsync(_name, Publish(), KeyedLeaseStore.LeaseTime, cancellationToken) is not { } created)
        {
            return null;
        }

        // A host that allocated at this moment yields if it sees us; we look again before we believe it stays.
        if (FindOverlap(await _registry.ListAsync(withExpiry: false, cancellationToken)) is not null)
        {
            await _registry.DeleteAsync(created, cancellationToken);
            return null;
        }

        Log.TakenAgain(_logger, _key);
        return created;
    }

    /// <summary>A lease of another host that reaches into our subnet under another name. What is no lease is nobody's.</summary>
    private RegistryRecord? FindOverlap(IReadOnlyList<RegistryRecord> records) => records.FirstOrDefault(record =>
        record.Name != _name && LeaseKey.TryParse(record.Name, out var key) && key.Overlaps(_key) &&
        LeaseJson.TryRead(record.Value, out var attributes, out _) && !_published.Exists(own => own.IsSameHost(attributes)));

    private string Publish()
    {
        if (!_published.Contains(_wanted))
        {
            Remember(_published, _wanted);
        }

        return LeaseJson.Write(_wanted);
    }

    private static void Remember<T>(List<T> items, T item)
    {
        const int Remembered = 16;
        items.Add(item);
        if (items.Count > Remembered)
        {
            items.RemoveAt(0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The lease {Key} vanished from the store; taking it again")]
        public static partial void Vanished(ILogger logger, LeaseKey key);

        [LoggerMessage(LogLevel.Information, "Took the subnet {Key} again")]
        public static partial void TakenAgain(ILogger logger, LeaseKey key);

        [LoggerMessage(LogLevel.Warning, "The record of our lease {Key} was overwritten; writing it again: {Reason}")]
        public static partial void Damaged(ILogger logger, LeaseKey key, string reason);

        [LoggerMessage(LogLevel.Warning, "Another host writes to our lease {Key} under our public address {PublicAddress}: two hosts have one public address. It published {Value}. " + Twins.Remedy)]
        public static partial void WrittenByAnother(ILogger logger, LeaseKey key, IPAddress? publicAddress, string value);

        [LoggerMessage(LogLevel.Warning, "Cannot write the lease {Key}, trying on: {Reason}")]
        public static partial void NotWritten(ILogger logger, LeaseKey key, string reason);

        [LoggerMessage(LogLevel.Information, "The lease {Key} is written again")]
        public static partial void WrittenAgain(ILogger logger, LeaseKey key);
    }
}
