using System.Runtime.CompilerServices;
using Flannel.Stores;
using Flannel.Stores.Kube;

namespace Flannel.Leases.Kube;

public sealed partial class KubeLeaseStore
{
    /// <summary>Thousands of agents that lost their server at one moment must not come back at one moment.</summary>
    private static readonly TimeSpan WatchRetry = TimeSpan.FromSeconds(4);

    /// <summary>A server that comes up refuses everybody for a moment, until it has read its own rules.</summary>
    private const int MostPassingRefusals = 2;

    /// <remarks>Nothing is queued: each change is handed on before the next is read from the server, and the last of several to one node is all there is to read.</remarks>
    public async IAsyncEnumerable<LeaseChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var nodes = new NodeTable(new NodeLease(_options.Annotations, _config), _logger);
        await using var follower = new Follower(this, nodes, cancellationToken);
        while (true)
        {
            foreach (var change in await follower.NextAsync())
            {
                yield return change;
            }
        }
    }

    /// <summary>One watch through all its connections: the list, then what changes, and the list again where that history is lost.</summary>
    private sealed class Follower(KubeLeaseStore store, NodeTable nodes, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly Backoff _backoff = new(WatchRetry, LongestWait, store._time);
        private IAsyncEnumerator<KubeNodeEvent>? _stream;

        /// <summary>Of the connections it uses.</summary>
        private CancellationToken _life;

        /// <summary>All up to here has been handed on; null before a list is complete.</summary>
        private string? _version;
        private bool _hasListed;
        private bool _isAway;
        private int _refusals;

        /// <summary>When the watch began; null for a list.</summary>
        private long? _opened;

        /// <summary>What comes next, however long and through however many outages. Most words about nodes change no lease.</summary>
        public async Task<IReadOnlyList<LeaseChange>> NextAsync()
        {
            while (true)
            {
                try
                {
                    _stream ??= Open();
                    while (await _stream.MoveNextAsync())
                    {
                        if (await TakeAsync(_stream.Current) is { Count: > 0 } changes)
                        {
                            return changes;
                        }
                    }

                    await CloseAsync();
                    await PauseAfterShortWatchAsync();
                }
                catch (StoreException) when (_life.IsCancellationRequested)
                {
                    await CloseAsync();
                }
                catch (StoreException e)
                {
                    await RecoverAsync(e);
                }
            }
        }

        public ValueTask DisposeAsync() => CloseAsync();

        private IAsyncEnumerator<KubeNodeEvent> Open()
        {
            (_opened, _life) = (_version is null ? null : store._time.GetTimestamp(), store._client.Life);
            if (_version is not null)
            {
                return store._client.WatchNodesAsync(_version, cancellationToken: cancellationToken).GetAsyncEnumerator(CancellationToken.None);
            }

            nodes.BeginList();
            return store._client.ListNodesAsync(fromCache: !_hasListed, cancellationToken: cancellationToken).GetAsyncEnumerator(CancellationToken.None);
        }

        private async ValueTask<IReadOnlyList<LeaseChange>> TakeAsync(KubeNodeEvent change)
        {
            var (type, node) = change;
            if (node.Name == store._nodeName && type != KubeNodeEventType.Bookmark)
            {
                store._sightings.Writer.TryWrite(type == KubeNodeEventType.Deleted ? null : node);
            }

            IReadOnlyList<LeaseChange> changes = [];
            switch (type)
            {
                case KubeNodeEventType.Listed:
                    nodes.AddListed(node);
                    return changes;
                case KubeNodeEventType.Bookmark when _version is null:
                    changes = [EndList()];
                    break;
                case KubeNodeEventType.Added or KubeNodeEventType.Modified:
                    changes = nodes.NeedsWhole(node) ? await TakeWholeAsync(node) : nodes.Put(node);
                    break;
                case KubeNodeEventType.Deleted:
                    changes = nodes.Delete(node.Name);
                    break;
            }

            // Only now: what fails before comes again.
            _version = node.ResourceVersion;
            (_isAway, _refusals) = (false, 0);
            store._outage.End(this);
            _backoff.Reset();
            return changes;
        }

        private LeaseChange.Snapshot EndList()
        {
            var snapshot = nodes.EndList();
            Log.Listed(store._logger, snapshot.Leases.Count);
            store._waiting.End();
            _hasListed = true;
            return snapshot;
        }

        /// <summary>
        /// The node with its pod networks, from whatever server knows what the watch's own has told. It may have been deleted since, or replaced by another of its name:
        /// the events of that follow.
        /// </summary>
        private async Task<IReadOnlyList<LeaseChange>> TakeWholeAsync(KubeNode metadata)
        {
            try
            {
                var whole = await store._client.GetNodeAsync(metadata.Name, metadata.ResourceVersion, cancellationToken);
                return whole.Uid == metadata.Uid ? nodes.Put(whole) : [];
            }
            catch (KubeException e) when (e.StatusCode == 404)
            {
                return [];
            }
        }

        /// <summary>A watch ends in good order after some minutes. One that ends at once must not be asked for without pause.</summary>
        private Task PauseAfterShortWatchAsync() =>
            _opened is { } opened && store._time.GetElapsedTime(opened) <= WatchRetry ? PauseAsync(_backoff.Next()) : Task.CompletedTask;

        private async Task RecoverAsync(StoreException fault)
        {
            await CloseAsync();
            var kube = fault as KubeException;
            if (kube is { IsGone: true })
            {
                _version = null;
                await PauseAsync(_backoff.Next());
                return;
            }

            var isRefusal = Obstacle.IsRefusal(fault);
            _isAway |= !isRefusal;
            _refusals = isRefusal ? _refusals + 1 : 0;
            if (!_isAway || _refusals is 0 or > MostPassingRefusals)
            {
                store._outage.Begin(this, fault, isRefusal);
            }

            if (!_hasListed && kube is not null && Obstacle.Of(kube, store._nodeName) is { } obstacle)
            {
                await store._waiting.TellAsync(obstacle, cancellationToken);
            }

            await PauseAsync(_backoff.Next() + (kube?.RetryAfter ?? TimeSpan.Zero));
        }

        /// <summary>Ends also when the connections are given up: there is a new way to the server, perhaps.</summary>
        private async Task PauseAsync(TimeSpan pause)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _life);
            await Task.Delay(pause, store._time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        private async ValueTask CloseAsync()
        {
            var stream = _stream;
            _stream = null;
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
        }
    }
}
