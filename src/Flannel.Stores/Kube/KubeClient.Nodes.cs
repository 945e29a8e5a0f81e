using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Flannel.Stores.Kube;

public sealed partial class KubeClient
{
    private const int PageSize = 500;

    /// <summary>
    /// Every node, each as <see cref="KubeNodeEventType.Listed"/> while the answer streams in, then one <see cref="KubeNodeEventType.Bookmark"/> with the version to watch
    /// from. The list is whole with the bookmark; what came before a failure says nothing of the nodes that are missing, and a next page that has expired
    /// (<see cref="KubeException.IsGone"/>) is such a failure: list again.
    /// </summary>
    /// <param name="fromCache">
    /// True asks the server for what it has in memory, which costs its store nothing and comes in one piece, but may be older than what was told before. False asks for
    /// the newest, in pages. First lists are made from the cache, lists after an interruption are not: a node that is gone must not come back.
    /// </param>
    /// <param name="nodeName">One node alone; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public async IAsyncEnumerable<KubeNodeEvent> ListNodesAsync(
        bool fromCache, string? nodeName = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var parser = NodeParser.OfList(_options.Annotations);
        do
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"?limit={PageSize}")
                + (parser.Continue.Length > 0 ? $"&continue={Uri.EscapeDataString(parser.Continue)}" : fromCache ? "&resourceVersion=0" : "");
            var request = new KubeRequest("list nodes", HttpMethod.Get, "/api/v1/nodes" + query + Selector(nodeName));
            using var response = await _transport.SendAsync(request, cancellationToken);
            using var reader = new NodeReader(_transport, request, response, parser, cancellationToken);
            while (await reader.ReadAsync(_options.CallTimeout))
            {
                for (var i = 0; i < reader.Told.Count; i++)
                {
                    yield return reader.Told[i];
                }
            }

            if (parser.ResourceVersion.Length == 0)
            {
                throw _transport.Explain(request, new JsonException("the answer is no list"));
            }
        }
        while (parser.Continue.Length > 0);
        yield return new KubeNodeEvent(KubeNodeEventType.Bookmark, new KubeNode("", "", parser.ResourceVersion, KubeNode.NoAnnotations));
    }

    /// <summary>
    /// The changes of the nodes, their metadata alone, until the server ends the watch after some minutes, or is silent for longer than it should be. Neither is a failure:
    /// watch again from the last version told, on a connection that a hung server does not answer. A first bookmark with the very version asked for tells that it has.
    /// </summary>
    /// <param name="resourceVersion">What comes after it is told.</param>
    /// <param name="nodeName">One node alone; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="KubeException">
    /// <see cref="KubeException.IsGone"/> when the server has forgotten that version: list again. Otherwise the watch broke, or was not answered.
    /// </exception>
    public async IAsyncEnumerable<KubeNodeEvent> WatchNodesAsync(
        string resourceVersion, string? nodeName = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var window = _options.WatchWindow * (1 + Random.Shared.NextDouble());
        var query = string.Create(CultureInfo.InvariantCulture, $"?watch=1&allowWatchBookmarks=true&timeoutSeconds={Math.Ceiling(window.TotalSeconds)}");
        var request = new KubeRequest("watch nodes", HttpMethod.Get, $"/api/v1/nodes{query}&resourceVersion={Uri.EscapeDataString(resourceVersion)}{Selector(nodeName)}")
        {
            Accept = KubeRequest.MetadataOnly,
            IsWatch = true,
        };
        using var response = await _transport.SendAsync(request, cancellationToken);
        using var reader = new NodeReader(_transport, request, response, NodeParser.OfWatch(_options.Annotations), cancellationToken);
        yield return new KubeNodeEvent(KubeNodeEventType.Bookmark, new KubeNode("", "", resourceVersion, KubeNode.NoAnnotations));
        bool? hasMore;
        while ((hasMore = await reader.TryReadAsync(_options.KeepAlive)) == true)
        {
            for (var i = 0; i < reader.Told.Count; i++)
            {
                yield return reader.Told[i];
            }
        }

        if (hasMore is null)
        {
            // A hung server keeps its connections: whether it is one, only another connection can tell.
            _transport.Renew();
        }
    }

    private static string Selector(string? nodeName) => nodeName is null ? "" : $"&fieldSelector={Uri.EscapeDataString($"metadata.name={nodeName}")}";
}
