using System.Net;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

public sealed partial class LeaseTable
{
    /// <summary>Gives a lease that is not in <see cref="_accepted"/> its verdict.</summary>
    private void Accept(PeerEntry entry, List<PeerChange> changes)
    {
        var peer = _rules.InOurFamilies(entry.Stored);
        var reason = _rules.Check(peer, _ownKey, _own) ?? CheckOthers(entry, peer);
        if (reason is not null)
        {
            Reject(entry, reason);
            return;
        }

        if (entry.Reason is not null)
        {
            Log.Accepted(_logger, entry.Stored.Key);
        }

        entry.Peer = peer;
        entry.Reason = null;
        _accepted.Add(entry);
        changes.Add(new PeerChange(entry.Stored.Key, peer));
    }

    private void Reject(PeerEntry entry, string reason)
    {
        if (entry.Reason != reason)
        {
            Log.Rejected(_logger, entry.Stored.Key, entry.Stored.Attributes.PublicIP ?? entry.Stored.Attributes.PublicIPv6, reason);
        }

        entry.Peer = null;
        entry.Reason = reason;
    }

    private string? CheckOthers(PeerEntry entry, Lease peer)
    {
        if (_accepted.FindConflict(peer, out var other) is not { } reason)
        {
            return null;
        }

        entry.Conflict = other;
        (other!.Waiting ??= []).Add(entry);
        return reason;
    }

    /// <summary>A known lease has other attributes, or is judged by other rules.</summary>
    private void Replace(PeerEntry entry, Lease lease, List<PeerChange> changes)
    {
        var before = entry.Peer;
        if (before is not null)
        {
            _accepted.Remove(entry);
            entry.Peer = null;
        }

        StopWaiting(entry);
        entry.Stored = lease;
        var mark = changes.Count;
        Accept(entry, changes);
        if (before is not null && entry.Peer is null)
        {
            changes.Add(new PeerChange(lease.Key, null));
        }
        else if (before is not null && entry.Peer?.Attributes == before.Attributes)
        {
            changes.RemoveRange(mark, changes.Count - mark);
        }

        Reconsider(entry, changes);
    }

    /// <summary>What waited for this lease to leave or change is looked at again, the earliest first.</summary>
    private void Reconsider(PeerEntry left, List<PeerChange> changes)
    {
        if (left.Waiting is not { Count: > 0 } kept)
        {
            return;
        }

        var waiting = kept.OrderBy(entry => entry.Number).ToList();
        left.Waiting = null;
        foreach (var entry in waiting)
        {
            entry.Conflict = null;
            Accept(entry, changes);
        }
    }

    private static void StopWaiting(PeerEntry entry)
    {
        entry.Conflict?.Waiting?.Remove(entry);
        entry.Conflict = null;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Ignoring the lease {Key} of {PublicAddress}: {Reason}")]
        public static partial void Rejected(ILogger logger, LeaseKey key, IPAddress? publicAddress, string reason);

        [LoggerMessage(LogLevel.Information, "The lease {Key} is no longer ignored")]
        public static partial void Accepted(ILogger logger, LeaseKey key);
    }
}
