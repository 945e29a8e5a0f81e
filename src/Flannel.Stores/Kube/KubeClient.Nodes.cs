using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Flannel.Stores.Kube;

public sealed partial class KubeClient
{
    private const int PageSize = 500;

    // The server ends a watch at the second it was asked to.
    private static readonly TimeSpan WindowGrace = TimeSpan.FromSeconds(30);

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
            using var reader = new NodeReader(_transport, request, response, parser);
            while (await reader.ReadAsync(_options.CallTimeout, cancellationToken))
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
    /// The changes of the nodes, their metadata alone, until the server ends the watch after some minutes, which is no failure: watch again from the last version told.
    /// A first bookmark with the very version asked for tells that the server has answered.
    /// </summary>
    /// <param name="resourceVersion">What comes after it is told.</param>
    /// <param name="nodeName">One node alone; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="KubeException">
    /// <see cref="KubeException.IsGone"/> when the server has forgotten that version: list again. Otherwise the watch broke, or went silent and the server gave no
    /// sign of life.
    /// </exception>
    public async IAsyncEnumerable<KubeNodeEvent> WatchNodesAsync(
        string resourceVersion, string? nodeName = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var window = _options.WatchWindow * (1 + Random.Shared.NextDouble());
        var query = string.Create(CultureInfo.InvariantCulture, $"?watch=1&allowWatchBookmarks=true&timeoutSeconds={Math.Ceiling(window.TotalSeconds)}");
        var request = new KubeRequest("watch nodes", HttpMethod.Get, $"/api/v1/nodes{query}&resourceVersion={Uri.EscapeDataString(resourceVersion)}{Selector(nodeName)}")
        {
            Accept = KubeRequest.MetadataOnly,
        };
        var started = TimeProvider.System.GetTimestamp();
        using var response = await _transport.SendAsync(request, cancellationToken);
        using var reader = new NodeReader(_transport, request, response, NodeParser.OfWatch(_options.Annotations));
        yield return new KubeNodeEvent(KubeNodeEventType.Bookmark, new KubeNode("", "", resourceVersion, KubeNode.NoAnnotations));
        while (await ReadWatchAsync(reader, request, started, window + WindowGrace, cancellationToken))
        {
            for (var i = 0; i < reader.Told.Count; i++)
            {
                yield return reader.Told[i];
            }
        }
    }

    private static string Selector(string? nodeName) => nodeName is null ? "" : $"&fieldSelector={Uri.EscapeDataString($"metadata.name={nodeName}")}";

    private async ValueTask<bool> ReadWatchAsync(NodeReader reader, KubeRequest request, long started, TimeSpan longest, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await reader.TryReadAsync(_options.KeepAlive, cancellationToken) is { } more)
            {
                return more;
            }

            if (TimeProvider.System.GetElapsedTime(started) > longest)
            {
                _transport.Renew();
                throw _transport.Explain(request, new TimeoutException());
            }

            await CheckLifeAsync(cancellationToken);
        }
    }

    /// <summary>A hung server keeps its connections, so silence alone does not tell it from a quiet one. Any answer is a sign of life, a refusal too.</summary>
    private async Task CheckLifeAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _transport.SendAsync(new KubeRequest("get livez", HttpMethod.Get, "/livez"), cancellationToken);
        }
        catch (KubeException refusal) when (refusal.StatusCode != 0)
        {
            // It lives.
        }
    }
}
