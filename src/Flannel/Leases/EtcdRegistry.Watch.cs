using System.Runtime.CompilerServices;
using Flannel.Stores.Etcd;

namespace Flannel.Leases;

internal sealed partial class EtcdRegistry
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Continues after an outage where it was; a snapshot comes again only where etcd has lost that history.</summary>
    public async IAsyncEnumerable<RegistryChange> WatchAsync(
        string? name, RegistrySnapshot? start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var follower = new Follower(this, name, start, cancellationToken);
        while (true)
        {
            foreach (var change in await follower.NextAsync())
            {
                yield return change;
            }
        }
    }

    /// <summary>One watch through all its connections: how far it has come.</summary>
    private sealed class Follower(EtcdRegistry registry, string? only, RegistrySnapshot? start, CancellationToken cancellationToken) : IAsyncDisposable
    {
        /// <summary>What the first snapshot has beyond its revision: writes of our own, which are not told twice.</summary>
        private readonly HashSet<long> _ahead = [.. (start?.Records ?? []).Select(record => record.Version).Where(version => version > start!.Revision)];

        private readonly string _key = registry._subnets + only;
        private readonly Backoff _backoff = new(FirstWait, LongestWait, registry._time);
        private IAsyncEnumerator<EtcdWatchBatch>? _stream;
        private RegistrySnapshot? _start = start;
        private long? _revision;
        private long _connected;

        /// <summary>What comes next, however long and through however many outages.</summary>
        public async Task<IReadOnlyList<RegistryChange>> NextAsync()
        {
            while (true)
            {
                try
                {
                    return _revision is { } revision ? await FollowAsync(revision) : await ReadAsync();
                }
                catch (EtcdException exception)
                {
                    await RecoverAsync(exception);
                }
            }
        }

        public ValueTask DisposeAsync() => _stream?.DisposeAsync() ?? ValueTask.CompletedTask;

        private async Task<IReadOnlyList<RegistryChange>> ReadAsync()
        {
            if (_start is { } start)
            {
                (_start, _revision) = (null, start.Revision);
                return [new RegistryChange.Snapshot([.. start.Records.Where(record => only is null || record.Name == only)])];
            }

            var range = await registry._client.GetAsync(_key, only is null, cancellationToken);
            _revision = range.Revision;
            return [new RegistryChange.Snapshot([.. range.Items.Select(registry.ToRecord)])];
        }

        private async Task<IReadOnlyList<RegistryChange>> FollowAsync(long revision)
        {
            if (_stream is null)
            {
                _stream = registry._client.WatchAsync(_key, only is null, revision + 1, cancellationToken).GetAsyncEnumerator(cancellationToken);
                await _stream.MoveNextAsync();
                _connected = registry._time.GetTimestamp();
                registry.Outage.End(this);
            }

            await _stream.MoveNextAsync();
            _revision = _stream.Current.Revision;
            _backoff.Reset();
            return [.. _stream.Current.Events.Where(change => !_ahead.Remove(change.Item.ModRevision)).Select(ToChange)];
        }

        private async Task RecoverAsync(EtcdException exception)
        {
            // A stream that lasted was a good one, even if nothing came through it.
            if (_stream is not null && registry._time.GetElapsedTime(_connected) > LongestWait)
            {
                _backoff.Reset();
            }

            await DisposeAsync();
            _stream = null;
            if (exception.IsHistoryLost)
            {
                _revision = null;
                return;
            }

            if (exception.IsReconnect)
            {
                return;
            }

            registry.Outage.Begin(this, exception);
            await _backoff.WaitAsync(cancellationToken);
        }

        private RegistryChange ToChange(EtcdEvent change) =>
            change.IsDelete ? new RegistryChange.Deleted(registry.ToName(change.Item)) : new RegistryChange.Put(registry.ToRecord(change.Item));
    }
}
