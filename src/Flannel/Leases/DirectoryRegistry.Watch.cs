using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases;

internal sealed partial class DirectoryRegistry
{
    public async IAsyncEnumerable<RegistryChange> WatchAsync(
        string? name, RegistrySnapshot? start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), _time);
        for (var isAway = false; ; isAway = true)
        {
            using var follower = new Follower(this, name);
            var changes = await follower.TryOpenAsync(isAway, cancellationToken);
            while (changes is not null)
            {
                backoff.Reset();
                foreach (var change in changes)
                {
                    yield return change;
                }

                changes = await follower.NextAsync(cancellationToken);
            }

            // Whoever deleted the directory is given a moment to finish before it is made again.
            await backoff.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Removes, of the named records, those whose time is over.</summary>
    private Task<bool> DropExpiredAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            foreach (var name in names.Where(name => ReadExpiry(name) <= _time.GetUtcNow()))
            {
                Remove(name);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Makes the directories and clears away what crashes and the time without a daemon left: records that are over, expiries without a record.</summary>
    private Task<bool> TidyAsync(CancellationToken cancellationToken) => ChangeAsync(
        () =>
        {
            foreach (var name in Names(_expires).Where(name => ReadExpiry(name) <= _time.GetUtcNow() || ReadValue(name) is null).ToList())
            {
                Remove(name);
            }

            return true;
        },
        cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Cannot watch the store, trying on: {Reason}")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "Watching the store again")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(LogLevel.Warning, "The store directory {Path} was deleted, moved or unmounted; making it again")]
        public static partial void Gone(ILogger logger, string path);

        [LoggerMessage(LogLevel.Warning, "Cannot remove expired records, which count as gone all the same: {Reason}")]
        public static partial void NotRemoved(ILogger logger, string reason);
    }
}
