using Flannel.Stores;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases.Kube;

internal sealed partial class NodeKeeper
{
    /// <summary>Writes whatever differs. What goes wrong is tried again later.</summary>
    private async Task ActAsync(CancellationToken cancellationToken)
    {
        (_due, _waitsForWord) = (null, false);
        try
        {
            if (_node is { } node && await IsOursAsync(node, cancellationToken))
            {
                await AnnotateAsync(_node, cancellationToken);
                await ClearConditionAsync(node.Name, cancellationToken);
            }

            if (_due is null)
            {
                EndTrouble();
            }
        }
        catch (StoreException e)
        {
            TellFault(e);
            var asked = (e as KubeException)?.RetryAfter;
            _due = _time.GetUtcNow() + _backoff.Next() + (asked ?? TimeSpan.Zero);
            _waitsForWord = e.IsTransient && asked is null;
        }
    }

    /// <summary>Whether the node under our name has the pod networks of our lease. They never change while a node lives, so each node is asked for them once.</summary>
    private async Task<bool> IsOursAsync(KubeNode node, CancellationToken cancellationToken)
    {
        if (node.Uid == _uid)
        {
            return true;
        }

        var whole = await _client.GetNodeAsync(node.Name, notBefore: "", cancellationToken);
        if (!PodNetworks.TryRead(whole, isOwn: true, out var networks, out var reason))
        {
            Tell(reason, reason);
            (_due, _waitsForWord) = (_time.GetUtcNow() + _backoff.Next(), true);
            return false;
        }

        var present = new LeaseKey(_key.IPv4.IsEmpty ? default : networks.IPv4, _key.IPv6.IsEmpty ? default : networks.IPv6);
        if (present != _key)
        {
            throw new LeaseLostException(
                $"the pod network of our node \"{node.Name}\" was {_key} and is {present} now: containers are never renumbered while they run. " +
                "Drain the node and start flanneld again");
        }

        Log.NodeReplaced(_logger, node.Name);
        (_uid, _node, _conditionIsDue) = (whole.Uid, whole, _clearsCondition);
        return true;
    }

    private async Task AnnotateAsync(KubeNode node, CancellationToken cancellationToken)
    {
        if (NodePatch.Annotate(node.Annotations, _wanted, _names) is not { } patch)
        {
            return;
        }

        _node = await _client.PatchNodeStatusAsync(node.Name, patch, cancellationToken);
        if (_published == _wanted)
        {
            _pace.Repaired();
        }

        _published = _wanted;
        if (!_pace.IsFight)
        {
            _fightIsTold = false;
            Log.Annotated(_logger, node.Name);
        }
        else if (!_fightIsTold)
        {
            _fightIsTold = true;
            Log.Fight(_logger, node.Name);
        }
    }

    private async Task ClearConditionAsync(string node, CancellationToken cancellationToken)
    {
        if (!_conditionIsDue)
        {
            return;
        }

        // A refusal will repeat, and is not the end of the network.
        _conditionIsDue = false;
        try
        {
            await _client.PatchNodeStatusAsync(node, NodePatch.NetworkIsUp(_time.GetUtcNow()), cancellationToken);
            Log.ConditionCleared(_logger, node);
        }
        catch (StoreException e) when (!e.IsTransient)
        {
            Log.ConditionRefused(_logger, node, e.Message);
        }
        catch (StoreException)
        {
            _conditionIsDue = true;
            throw;
        }
    }

    private void EndTrouble()
    {
        _backoff.Reset();
        _outage.End(this);
        if (_told is not null)
        {
            _told = null;
            Log.GoesOn(_logger);
        }
    }

    /// <summary>A server that is away is told of as such, whoever of us notices first; what it refuses to our node alone is told here.</summary>
    private void TellFault(StoreException fault)
    {
        if (Obstacle.IsRefusal(fault))
        {
            Tell(fault.Message, fault is KubeException { StatusCode: var status } ? $"{status}" : fault.Message);
        }
        else
        {
            _outage.Notice(fault);
        }
    }

    /// <param name="trouble">What is wrong.</param>
    /// <param name="kind">What repeats when it goes wrong again in the same way.</param>
    private void Tell(string trouble, string kind)
    {
        if (_told != kind)
        {
            Log.Trouble(_logger, trouble);
            _told = kind;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Wrote the annotations of our node '{Node}'")]
        public static partial void Annotated(ILogger logger, string node);

        [LoggerMessage(LogLevel.Warning, "Another program keeps changing the annotations of our node '{Node}'; repairing ever more slowly")]
        public static partial void Fight(ILogger logger, string node);

        [LoggerMessage(LogLevel.Warning, "Our node '{Node}' was deleted; everything stays as it is until it is back")]
        public static partial void NodeGone(ILogger logger, string node);

        [LoggerMessage(LogLevel.Information, "Our node '{Node}' was made anew, with the same pod network")]
        public static partial void NodeReplaced(ILogger logger, string node);

        [LoggerMessage(LogLevel.Warning, "Cannot write to our node, trying on: {Reason}")]
        public static partial void Trouble(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Information, "Our node can be written to again")]
        public static partial void GoesOn(ILogger logger);

        [LoggerMessage(LogLevel.Information, "Cleared the condition NetworkUnavailable of our node '{Node}'")]
        public static partial void ConditionCleared(ILogger logger, string node);

        [LoggerMessage(LogLevel.Warning, "Cannot clear the condition NetworkUnavailable of our node '{Node}': {Reason}")]
        public static partial void ConditionRefused(ILogger logger, string node, string reason);
    }
}
