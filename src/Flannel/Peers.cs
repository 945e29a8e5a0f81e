using Flannel.Backends;
using Flannel.Leases;
using Flannel.Reconcile;

namespace Flannel;

/// <summary>Turns the store's leases into what the reconciler shall want: a plan per accepted peer, made by the backend of the moment.</summary>
public sealed class Peers(LeaseTable table, Reconciler reconciler, Backend backend, PathCheck paths)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LeaseKey, Lease> _accepted = [];
    private readonly TaskCompletionSource _firstSnapshot = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Backend _backend = backend;

    /// <summary>Ends when the store's first snapshot has been handed to the reconciler.</summary>
    public Task FirstSnapshot => _firstSnapshot.Task;

    /// <summary>Follows the store until the token is cancelled. Nothing here waits for the kernel, so a burst never blocks the watch.</summary>
    public async Task FollowAsync(IAsyncEnumerable<LeaseChange> changes, CancellationToken cancellationToken)
    {
        await foreach (var change in changes.WithCancellation(cancellationToken))
        {
            IReadOnlyList<PeerChange> changed;
            lock (_lock)
            {
                changed = table.Apply(change);
                if (change is LeaseChange.Snapshot)
                {
                    _accepted.EnsureCapacity(changed.Count);
                }

                foreach (var peer in changed)
                {
                    Hand(peer);
                }
            }

            if (_firstSnapshot.Task.IsCompleted)
            {
                paths.Look(changed.Select(peer => peer.Lease).OfType<Lease>().SelectMany(_backend.PathDemands));
            }

            if (change is LeaseChange.Snapshot && !_firstSnapshot.Task.IsCompleted)
            {
                reconciler.AllowRemovals();
                _firstSnapshot.SetResult();
            }
        }
    }

    /// <summary>Plans every peer anew, with another backend or because the underlay changed; only what differs reaches the kernel.</summary>
    public void Replan(Backend backend)
    {
        lock (_lock)
        {
            if (_backend != backend)
            {
                paths.Forget();
            }

            _backend = backend;
            foreach (var peer in table.ApplyOwn(backend.Attributes))
            {
                Hand(peer);
            }

            foreach (var (key, peer) in _accepted)
            {
                reconciler.Want(key, backend.PlanPeer(peer));
            }
        }
    }

    /// <summary>Looks at the ways to all peers.</summary>
    public void CheckPaths()
    {
        List<PathDemand> demands;
        lock (_lock)
        {
            demands = [.. _accepted.Values.SelectMany(_backend.PathDemands)];
        }

        paths.Look(demands);
    }

    private void Hand(PeerChange change)
    {
        if (change.Lease is { } peer)
        {
            _accepted[change.Key] = peer;
            reconciler.Want(change.Key, _backend.PlanPeer(peer));
        }
        else
        {
            _accepted.Remove(change.Key);
            reconciler.Want(change.Key, []);
        }
    }
}
