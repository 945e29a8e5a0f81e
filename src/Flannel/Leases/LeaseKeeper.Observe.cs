namespace Flannel.Leases;

internal sealed partial class LeaseKeeper
{
    private void Observe(RegistryChange change)
    {
        switch (change)
        {
            case RegistryChange.Snapshot snapshot:
                // A later snapshot may be of a store that was set up anew, and have other versions for that reason.
                Observe(snapshot.Records.FirstOrDefault(record => record.Name == _name), isNextVersion: !_isFollowing);
                _isFollowing = true;
                break;
            case RegistryChange.Put put when put.Record.Name == _name:
                Observe(put.Record, isNextVersion: true);
                break;
            case RegistryChange.Deleted deleted when deleted.Name == _name:
                Observe(record: null);
                break;
        }

        if (_isUrgent || _isFailing)
        {
            // The store answers again: what waits to be written need not wait longer.
            _due = _time.GetUtcNow();
        }
    }

    /// <param name="record">The record as it is now; null when it is gone.</param>
    /// <param name="isNextVersion">Another version than before was made by a write of somebody.</param>
    private void Observe(RegistryRecord? record, bool isNextVersion = false)
    {
        if (isNextVersion && record is not null && IsTwins(record))
        {
            ReportTwin(_wanted);
        }

        var before = _record;
        _record = record;
        if (record is null)
        {
            if (!_isUrgent)
            {
                Log.Vanished(_logger, _key);
            }

            WriteNow();
        }
        else if (record.Version != before?.Version)
        {
            CheckOwner(record);
            Schedule(record, before);
        }
    }

    /// <summary>
    /// What we wrote was written once more, and not by us. Another host that has our public address takes over all we publish when it starts, so it is known by this
    /// alone. An operator who reserves or releases the lease changes when it ends; a write of ours that seemed to fail may have succeeded.
    /// </summary>
    private bool IsTwins(RegistryRecord record) =>
        _record is { } before && !_isFailing && record.Version != before.Version && !_written.Contains(record.Version) &&
        record.Value == before.Value && record.IsPermanent == before.IsPermanent;

    private void CheckOwner(RegistryRecord record)
    {
        if (!LeaseJson.TryRead(record.Value, out var attributes, out var reason))
        {
            Log.Damaged(_logger, _key, reason);
            WriteNow();
        }
        else if (!_published.Exists(own => own.IsSameHost(attributes)))
        {
            throw Lost(_name, record);
        }
        else if (!_published.Contains(attributes))
        {
            ReportTwin(attributes);
        }
    }

    private void ReportTwin(LeaseAttributes theirs)
    {
        if (_twin != theirs)
        {
            Log.WrittenByAnother(_logger, _key, theirs.PublicIP ?? theirs.PublicIPv6, Twins.Show(theirs));
        }

        _twin = theirs;
    }

    /// <summary>An operator may have made the lease a reservation, or a lease again; another write may have moved its end.</summary>
    private void Schedule(RegistryRecord record, RegistryRecord? before)
    {
        if (_isUrgent)
        {
            return;
        }

        if (record.IsPermanent)
        {
            _due = null;
        }
        else if (record.Expires is { } expires)
        {
            _due = expires - _renewMargin;
        }
        else if (before is { IsPermanent: true } || _due is null)
        {
            // A fresh lease of unknown length.
            _due = _time.GetUtcNow();
        }
    }

    private static LeaseLostException Lost(string ours, RegistryRecord theirs)
    {
        var owner = LeaseJson.TryRead(theirs.Value, out var attributes, out _) ? attributes.PublicIP ?? attributes.PublicIPv6 : null;
        var holder = owner is null ? "another host" : $"the host {owner}";
        return new LeaseLostException(theirs.Name == ours
            ? $"our subnet {ours} belongs to {holder} now"
            : $"our subnet {ours} is gone, and {holder} has {theirs.Name}, which overlaps it");
    }
}
