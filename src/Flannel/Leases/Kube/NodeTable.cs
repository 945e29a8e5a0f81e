using System.Diagnostics.CodeAnalysis;
using Flannel.Stores.Kube;
using Microsoft.Extensions.Logging;

namespace Flannel.Leases.Kube;

/// <summary>
/// The nodes that are leases: what is kept of a cluster, and the one place where words about nodes become words about leases. Of a node that is none it holds the pod networks.
/// A lease whose annotations go bad or vanish stays as it was last read: one bad write must not cut a peer off. It leaves with its node, or when the node says otherwise.
/// </summary>
internal sealed partial class NodeTable
{
    private readonly NodeLease _reader;
    private readonly ILogger _logger;
    private readonly BadRecords _bad;
    private readonly Dictionary<LeaseKey, Entry> _holders = [];

    /// <summary>Nodes whose key another node holds: normally none.</summary>
    private readonly HashSet<Entry> _rivals = [];
    private Dictionary<string, Entry> _nodes = [];
    private Dictionary<string, Entry> _listed = [];

    /// <summary>Nodes that are no leases, by their names.</summary>
    private Dictionary<string, Prospect> _prospects = [];
    private Dictionary<string, Prospect> _listedProspects = [];

    public NodeTable(NodeLease reader, ILogger logger) => (_reader, _logger, _bad) = (reader, logger, new BadRecords(logger, "node"));

    /// <summary>A list of all nodes begins; one that had begun counts for nothing.</summary>
    public void BeginList() => (_listed, _listedProspects) = ([], []);

    /// <summary>One node of the list.</summary>
    public void AddListed(KubeNode node)
    {
        var known = Find(node);
        if (Read(node, known) is { } entry)
        {
            _listed[node.Name] = entry;
        }
        else
        {
            Remember(node, _listedProspects);
        }
    }

    /// <summary>The list is complete: what is not in it is gone. Who holds a pod network keeps it; of new nodes the one that was registered first has it, whatever its name.</summary>
    public LeaseChange.Snapshot EndList()
    {
        var held = _holders.Values.ToHashSet();
        _holders.Clear();
        _rivals.Clear();
        (_nodes, _listed) = (_listed, []);
        (_prospects, _listedProspects) = (_listedProspects, []);
        _holders.EnsureCapacity(_nodes.Count);
        foreach (var entry in _nodes.Values.OrderByDescending(held.Contains).ThenBy(entry => entry.CreatedAt))
        {
            Claim(entry);
        }

        return new LeaseChange.Snapshot([.. _holders.Values.Select(entry => entry.Lease)]);
    }

    /// <summary>
    /// Whether the pod networks of a node are to be asked for: they come with the whole node only, and never change once they are set. As a rule they are set some time before
    /// the annotations make the node a lease, and asked for then; what does not tell when is asked when it would be a lease.
    /// </summary>
    public bool NeedsWhole(KubeNode metadata) =>
        Find(metadata) is null && FindProspect(metadata) is null &&
        (metadata.SaysItHasPodCidr || (_reader.IsManaged(metadata.Annotations) && _reader.TryRead(metadata.Annotations, out _, out _)));

    /// <summary>A node appeared or changed: the whole of it where <see cref="NeedsWhole"/> said so, else its metadata.</summary>
    public IReadOnlyList<LeaseChange> Put(KubeNode node)
    {
        var known = Find(node);
        IReadOnlyList<LeaseChange> replaced = known is null ? Remove(node.Name) : [];
        var before = known?.Lease;
        if (Read(node, known) is not { } entry)
        {
            Remember(node, _prospects);
            return replaced;
        }

        if (entry.Lease == before)
        {
            return replaced;
        }

        _prospects.Remove(node.Name);
        _nodes[node.Name] = entry;
        return Claim(entry) ? [.. replaced, new LeaseChange.Put(entry.Lease)] : replaced;
    }

    /// <summary>A node was deleted.</summary>
    public IReadOnlyList<LeaseChange> Delete(string name)
    {
        _bad.Forget(name);
        _prospects.Remove(name);
        return Remove(name);
    }

    /// <summary>What is known of this very node: not of one that had its name before.</summary>
    private Entry? Find(KubeNode node) => _nodes.GetValueOrDefault(node.Name) is { } entry && entry.Uid.Is(node.Uid) ? entry : null;

    private Prospect? FindProspect(KubeNode node) => _prospects.TryGetValue(node.Name, out var prospect) && prospect.Uid == node.Uid ? prospect : null;

    private static void Remember(KubeNode node, Dictionary<string, Prospect> prospects)
    {
        if (node.PodCidr is { Length: > 0 })
        {
            prospects[node.Name] = Prospect.Of(node);
        }
    }

    /// <summary>What to hold of a node; null for nothing.</summary>
    private Entry? Read(KubeNode node, Entry? known)
    {
        if (!_reader.IsManaged(node.Annotations))
        {
            return known is null ? null : Keep(known, "it no longer says that it is one");
        }

        var networks = known?.Networks ?? default;
        if (!_reader.TryRead(node.Annotations, out var attributes, out var reason) ||
            (known is null && !TryReadNetworks(node, out networks, out reason)) ||
            !_reader.TryJoin(attributes, networks, out var lease, out reason))
        {
            if (known is null)
            {
                _bad.Report(node.Name, reason);
            }

            return known is null ? null : Keep(known, reason);
        }

        _bad.Forget(node.Name);
        var entry = known ?? new Entry(node.Name, node.Uid, node.CreatedAt, networks, lease);
        entry.KeptFor = null;
        if (entry.Lease != lease)
        {
            entry.Lease = lease;
        }

        return entry;
    }

    private bool TryReadNetworks(KubeNode node, out LeaseKey networks, [NotNullWhen(false)] out string? fault)
    {
        var isWhole = node.PodCidr is not null;
        (_, networks, fault) = (isWhole ? null : FindProspect(node)) ?? Prospect.Of(node);
        return fault is null;
    }

    private Entry Keep(Entry known, string reason)
    {
        if (known.KeptFor != reason)
        {
            Log.Kept(_logger, known.Lease.Key, known.Name, reason);
            known.KeptFor = reason;
        }

        return known;
    }

    /// <summary>Makes the entry the holder of its key. False: another node holds it, which is told once.</summary>
    private bool Claim(Entry entry)
    {
        if (_holders.TryAdd(entry.Lease.Key, entry) || _holders[entry.Lease.Key] == entry)
        {
            _rivals.Remove(entry);
            entry.Rival = null;
            return true;
        }

        _rivals.Add(entry);
        var holder = _holders[entry.Lease.Key].Name;
        if (entry.Rival != holder)
        {
            Log.Rivals(_logger, entry.Name, holder, entry.Lease.Key);
            entry.Rival = holder;
        }

        return false;
    }

    private IReadOnlyList<LeaseChange> Remove(string name)
    {
        if (!_nodes.Remove(name, out var gone) || _rivals.Remove(gone))
        {
            return [];
        }

        _holders.Remove(gone.Lease.Key);
        var heir = _rivals.FirstOrDefault(entry => entry.Lease.Key == gone.Lease.Key);
        return heir is null || !Claim(heir) ? [new LeaseChange.Removed(gone.Lease.Key)] : [new LeaseChange.Put(heir.Lease)];
    }

    /// <summary>One node that is a lease.</summary>
    private sealed class Entry(string name, string uid, DateTimeOffset createdAt, LeaseKey networks, Lease lease)
    {
        public string Name { get; } = name;

        public NodeUid Uid { get; } = new(uid);

        public DateTimeOffset CreatedAt { get; } = createdAt;

        public LeaseKey Networks { get; } = networks;

        public Lease Lease { get; set; } = lease;

        /// <summary>Why the lease is older than the node's annotations; null when it is not.</summary>
        public string? KeptFor { get; set; }

        /// <summary>The node that holds this one's key; null when this one does.</summary>
        public string? Rival { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Keeping the lease {Key} of the node '{Node}' as it was last read: {Reason}")]
        public static partial void Kept(ILogger logger, LeaseKey key, string node, string reason);

        [LoggerMessage(LogLevel.Warning, "Ignoring the node '{Node}': the node '{Holder}' has its pod network {Key}")]
        public static partial void Rivals(ILogger logger, string node, string holder, LeaseKey key);
    }
}
