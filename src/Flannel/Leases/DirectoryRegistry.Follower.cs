using Flannel.Linux;
using Flannel.Stores;

namespace Flannel.Leases;

internal sealed partial class DirectoryRegistry
{
    /// <summary>One run of a watch, from a snapshot until the directory goes: what was told so far, and what ends next.</summary>
    private sealed class Follower(DirectoryRegistry registry, string? only) : IDisposable
    {
        private readonly Dictionary<string, RegistryRecord> _known = [];
        private readonly SortedSet<(DateTimeOffset Expires, string Name)> _ends = [];
        private DirectoryWatch? _watch;
        private Task<DirectoryTouch>? _touch;
        private bool _isStuck;

        /// <summary>The first snapshot; null when the directory cannot be had now.</summary>
        /// <param name="isReported">That it cannot be had was said already; say when it is had again.</param>
        /// <param name="cancellationToken">Ends the waiting for the lock.</param>
        public async Task<IReadOnlyList<RegistryChange>?> TryOpenAsync(bool isReported, CancellationToken cancellationToken)
        {
            try
            {
                await registry.TidyAsync(cancellationToken);
                await registry.GuardAsync("watch", () => Task.FromResult(_watch = new DirectoryWatch(registry._subnets)));
                var changes = await SnapshotAsync(cancellationToken);
                if (isReported)
                {
                    Log.Back(registry._logger);
                }

                return changes;
            }
            catch (StoreException e)
            {
                if (!isReported)
                {
                    Log.Away(registry._logger, e.Message);
                }

                return null;
            }
        }

        /// <summary>Waits for something to happen. Null when the directory is gone or cannot be read any more.</summary>
        public async Task<IReadOnlyList<RegistryChange>?> NextAsync(CancellationToken cancellationToken)
        {
            try
            {
                _touch ??= _watch!.NextAsync(cancellationToken);
                if (!await WaitAsync(_touch, cancellationToken))
                {
                    return await ExpireAsync(cancellationToken);
                }

                var touch = await _touch;
                _touch = null;
                if (touch.IsGone)
                {
                    Log.Gone(registry._logger, registry._subnets);
                    return null;
                }

                return touch.IsLost ? await SnapshotAsync(cancellationToken) : await ReadAsync(touch.Names, cancellationToken);
            }
            catch (StoreException e)
            {
                Log.Away(registry._logger, e.Message);
                return null;
            }
        }

        public void Dispose() => _watch?.Dispose();

        /// <summary>True when something was touched, false when a record ends.</summary>
        private async Task<bool> WaitAsync(Task touch, CancellationToken cancellationToken)
        {
            if (_ends.Count == 0)
            {
                await touch;
                return true;
            }

            var left = _ends.Min.Expires - registry._time.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var first = await Task.WhenAny(touch, Task.Delay(left, registry._time, wake.Token));
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return first == touch;
        }

        private async Task<IReadOnlyList<RegistryChange>> ExpireAsync(CancellationToken cancellationToken)
        {
            var now = registry._time.GetUtcNow();
            var names = new List<string>();
            foreach (var (expires, name) in _ends)
            {
                if (expires > now)
                {
                    break;
                }

                names.Add(name);
            }

            try
            {
                await registry.DropExpiredAsync(names, cancellationToken);
                _isStuck = false;
            }
            catch (StoreException e)
            {
                if (!_isStuck)
                {
                    Log.NotRemoved(registry._logger, e.Message);
                }

                _isStuck = true;
            }

            return await ReadAsync(names, cancellationToken);
        }

        private async Task<IReadOnlyList<RegistryChange>> SnapshotAsync(CancellationToken cancellationToken)
        {
            var records = await registry.ListAsync(withExpiry: true, cancellationToken);
            _known.Clear();
            _ends.Clear();
            var wanted = records.Where(record => only is null || record.Name == only).ToList();
            foreach (var record in wanted)
            {
                Remember(record);
            }

            return [new RegistryChange.Snapshot(wanted)];
        }

        private async Task<IReadOnlyList<RegistryChange>> ReadAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
        {
            var wanted = names.Where(name => only is null ? IsName(name) : name == only).ToList();
            if (wanted.Count == 0)
            {
                return [];
            }

            var records = await registry.LookAsync(() => wanted.ConvertAll(registry.Read), wanted.ConvertAll(_ => (RegistryRecord?)null), cancellationToken);
            return [.. wanted.Zip(records, Compare).OfType<RegistryChange>()];
        }

        /// <summary>
        /// What to tell of a touched name. That a name is gone is told even where it was not known: whoever wrote it meanwhile must hear that it did not last.
        /// </summary>
        private RegistryChange? Compare(string name, RegistryRecord? record)
        {
            var before = _known.GetValueOrDefault(name);
            if (record is not null && record.Version == before?.Version)
            {
                return null;
            }

            if (before is not null)
            {
                Forget(before);
            }

            if (record is null)
            {
                return new RegistryChange.Deleted(name);
            }

            Remember(record);
            return new RegistryChange.Put(record);
        }

        private void Remember(RegistryRecord record)
        {
            _known[record.Name] = record;
            if (record.Expires is { } expires)
            {
                _ends.Add((expires, record.Name));
            }
        }

        private void Forget(RegistryRecord record)
        {
            _known.Remove(record.Name);
            if (record.Expires is { } expires)
            {
                _ends.Remove((expires, record.Name));
            }
        }
    }
}
