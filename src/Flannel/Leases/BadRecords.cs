using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

/// <summary>Reads records as leases and reports those that are none, each once while it stays so. What it remembers is bounded, whatever others write.</summary>
/// <param name="logger">Told of them.</param>
/// <param name="kind">What the store calls one.</param>
internal sealed partial class BadRecords(ILogger logger, string kind = "record")
{
    /// <summary>Bad records that are named one by one; beyond this the log says once that there are more.</summary>
    private const int MostNamed = 256;

    /// <summary>Names are any text; a long one is cut in the log.</summary>
    private const int LongestName = 100;

    private readonly HashSet<string> _named = [];
    private bool _hasMore;

    /// <summary>The lease in a record, or null when its name or value is none.</summary>
    public Lease? Read(RegistryRecord record)
    {
        if (TryRead(record, out var lease, out var reason))
        {
            Forget(record.Name);
            return lease;
        }

        Report(record.Name, reason);
        return null;
    }

    /// <summary>A record is gone; when it comes back bad, that is worth a line again.</summary>
    public void Forget(string name)
    {
        lock (_named)
        {
            _named.Remove(name);
        }
    }

    /// <summary>A record is no lease.</summary>
    public void Report(string name, string reason)
    {
        var isMore = false;
        lock (_named)
        {
            if (_named.Contains(name))
            {
                return;
            }

            if (_named.Count < MostNamed)
            {
                _named.Add(name);
            }
            else if (_hasMore)
            {
                return;
            }
            else
            {
                _hasMore = isMore = true;
            }
        }

        if (isMore)
        {
            Log.More(logger, MostNamed, kind);
        }
        else
        {
            Log.Ignoring(logger, kind, name.Cut(LongestName), reason);
        }
    }

    private static bool TryRead(RegistryRecord record, [NotNullWhen(true)] out Lease? lease, [NotNullWhen(false)] out string? reason)
    {
        lease = null;
        if (!LeaseKey.TryParse(record.Name, out var key))
        {
            reason = "the name is not a subnet";
            return false;
        }

        if (!LeaseJson.TryRead(record.Value, out var attributes, out reason))
        {
            return false;
        }

        lease = new Lease(key, attributes, record.Expires);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Ignoring the {Kind} '{Name}': {Reason}")]
        public static partial void Ignoring(ILogger logger, string kind, string name, string reason);

        [LoggerMessage(LogLevel.Warning, "More than {Count} {Kind}s are no leases; the others are ignored without being named")]
        public static partial void More(ILogger logger, int count, string kind);
    }
}
