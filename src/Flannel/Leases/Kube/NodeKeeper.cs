using System.Threading.Channels;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases.Kube;

/// <summary>
/// Keeps the own node as it must be: a single loop waits for word of the node, for new attributes and for the time to try again. What others strip or alter is written
/// again, ever more slowly when they do it again and again. A node that was deleted and made anew under the same name is followed.
/// </summary>
internal sealed partial class NodeKeeper
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly KubeClient _client;
    private readonly NodeAnnotations _names;
    private readonly LeaseKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;
    private readonly RepairPace _pace;
    private readonly bool _clearsCondition;
    private readonly Outage _outage;

    /// <summary>The node as last seen; null while there is none.</summary>
    private KubeNode? _node;

    /// <summary>The node whose pod networks are known to be those of our lease.</summary>
    private string _uid;

    private LeaseAttributes _wanted;

    /// <summary>What we wrote last: whatever else is found there, others wrote.</summary>
    private LeaseAttributes _published;
    private bool _conditionIsDue;

    /// <summary>When to act next; null for not before something is heard.</summary>
    private DateTimeOffset? _due;

    /// <summary>What is missing may come with the next word of the node: the server that was away, or the pod networks.</summary>
    private bool _waitsForWord;

    /// <summary>What was told of the present trouble; null when there is none.</summary>
    private string? _told;
    private bool _fightIsTold;

    /// <param name="client">Not disposed.</param>
    /// <param name="names">The names of the annotations.</param>
    /// <param name="node">The own node as it was when the lease was acquired.</param>
    /// <param name="own">The lease.</param>
    /// <param name="clearsCondition">Whether to clear the node's condition NetworkUnavailable.</param>
    /// <param name="outage">What the log knows of the API server's absence.</param>
    /// <param name="time">The clock to wait by.</param>
    /// <param name="logger">Told of repairs and of refusals, each once.</param>
    public NodeKeeper(
        KubeClient client, NodeAnnotations names, KubeNode node, Lease own, bool clearsCondition, Outage outage, TimeProvider time, ILogger logger)
    {
        (_client, _names, _node, _uid, _key, _time, _logger) = (client, names, node, node.Uid, own.Key, time, logger);
        _wanted = _published = own.Attributes;
        (_clearsCondition, _conditionIsDue, _due) = (clearsCondition, clearsCondition, time.GetUtcNow());
        _outage = outage;
        (_backoff, _pace) = (new Backoff(FirstWait, LongestWait, time), new RepairPace(time));
    }

    /// <param name="sightings">The node as the watch of all nodes sees it, null for its end; silent where there is no such watch.</param>
    /// <param name="updates">What to publish from now on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LeaseLostException">The node has other pod networks now.</exception>
    public async Task RunAsync(ChannelReader<KubeNode?> sightings, ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken)
    {
        var sighting = sightings.WaitToReadAsync(cancellationToken).AsTask();
        var update = updates.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            await WaitAsync(sighting, update, cancellationToken);
            if (sighting.IsCompleted)
            {
                await sighting;
                Observe(sightings);
                sighting = sightings.WaitToReadAsync(cancellationToken).AsTask();
            }

            if (update.IsCompleted)
            {
                update = await update ? TakeUpdates(updates, cancellationToken) : new TaskCompletionSource<bool>().Task;
            }

            if (_due <= _time.GetUtcNow())
            {
                await ActAsync(cancellationToken);
            }
        }
    }

    private async Task WaitAsync(Task sighting, Task update, CancellationToken cancellationToken)
    {
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var delay = _due is { } due ? due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (_due is null || delay > TimeSpan.Zero)
        {
            await Task.WhenAny(sighting, update, Task.Delay(delay, _time, wake.Token));
            await wake.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Observe(ChannelReader<KubeNode?> sightings)
    {
        while (sightings.TryRead(out var node))
        {
            if (node is null && _node is not null)
            {
                Log.NodeGone(_logger, _node.Name);
            }

            _node = node is not null && _node?.Uid == node.Uid && IsOlder(node, _node) ? _node : node;
        }

        // While the server refuses us or others fight us, a heartbeat is no reason to hurry.
        if (_due is null || _waitsForWord)
        {
            _due = _time.GetUtcNow() + _pace.Wait;
        }
    }

    /// <summary>The watch may be behind what a patch of ours was answered with. Versions of one object are numbers that grow.</summary>
    private static bool IsOlder(KubeNode node, KubeNode than) =>
        ulong.TryParse(node.ResourceVersion, out var version) && ulong.TryParse(than.ResourceVersion, out var other) && version < other;

    /// <summary>The newest attributes count; those in between were never seen by anybody.</summary>
    private Task<bool> TakeUpdates(ChannelReader<LeaseAttributes> updates, CancellationToken cancellationToken)
    {
        while (updates.TryRead(out var attributes))
        {
            _wanted = attributes;
            _due = _time.GetUtcNow();
        }

        return updates.WaitToReadAsync(cancellationToken).AsTask();
    }
}
