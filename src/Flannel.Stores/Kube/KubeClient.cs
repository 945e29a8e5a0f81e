using System.Text.Json;

namespace Flannel.Stores.Kube;

/// <summary>
/// The API server as far as flannel needs it. Calls throw <see cref="KubeException"/>, transient when the same call may succeed later. A write whose answer was lost may
/// have been carried out; those here may be repeated.
/// </summary>
public sealed partial class KubeClient : IDisposable
{
    /// <summary>The version that is before all others.</summary>
    public const string AnyVersion = "0";

    private const int LargestObject = 2 * 1024 * 1024;

    private readonly KubeOptions _options;
    private readonly KubeTransport _transport;

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="KubeException">A certificate file cannot be used; not transient, and the message names it.</exception>
    public KubeClient(KubeOptions options)
    {
        _options = options;
        _transport = new KubeTransport(options);
    }

    /// <summary>The server's URL, for what is written about it.</summary>
    public Uri Server => _options.Server;

    /// <summary>Cancelled when <see cref="Reconnect"/> gives up the connections of this moment. An enumeration that fails then says nothing about the server.</summary>
    public CancellationToken Life => _transport.Life;

    /// <summary>Reads one node.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="notBefore">
    /// A resource version: what the server remembers will do, at no cost to its store, as long as it is as new as that; <see cref="AnyVersion"/> for however old. Empty for
    /// the newest.
    /// </param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="KubeException">Status 404 when there is no such node.</exception>
    public Task<KubeNode> GetNodeAsync(string name, string notBefore, CancellationToken cancellationToken)
    {
        var query = notBefore.Length > 0 ? $"?resourceVersion={Uri.EscapeDataString(notBefore)}" : "";
        return AskForNodeAsync(new KubeRequest($"get nodes/{name}", HttpMethod.Get, NodePath(name) + query), cancellationToken);
    }

    /// <summary>Changes a node by way of its status, where annotations may be changed too.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="strategicMergePatch">The change, as JSON in UTF-8.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <returns>The node as it is now, its metadata alone.</returns>
    public Task<KubeNode> PatchNodeStatusAsync(string name, ReadOnlyMemory<byte> strategicMergePatch, CancellationToken cancellationToken)
    {
        var request = new KubeRequest($"patch nodes/status {name}", HttpMethod.Patch, NodePath(name) + "/status")
        {
            Accept = KubeRequest.MetadataOnly,
            Body = strategicMergePatch,
            ContentType = "application/strategic-merge-patch+json",
        };
        return AskForNodeAsync(request, cancellationToken);
    }

    /// <summary>The node a pod runs on; empty while it runs nowhere.</summary>
    public async Task<string> GetPodNodeNameAsync(string podNamespace, string name, CancellationToken cancellationToken)
    {
        var path = $"/api/v1/namespaces/{Uri.EscapeDataString(podNamespace)}/pods/{Uri.EscapeDataString(name)}";
        var request = new KubeRequest($"get pods {podNamespace}/{name}", HttpMethod.Get, path);
        using var response = await _transport.SendAsync(request, cancellationToken);
        try
        {
            using var pod = JsonDocument.Parse(await _transport.ReadBodyAsync(response, LargestObject, cancellationToken));
            return pod.RootElement.GetProperty("spec").TryGetProperty("nodeName", out var node) ? node.GetString() ?? "" : "";
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw _transport.Explain(request, exception is KeyNotFoundException or InvalidOperationException ? new JsonException("the answer is no pod") : exception);
        }
    }

    /// <summary>Leaves a note on a node.</summary>
    /// <exception cref="KubeException">Status 403 when our role does not allow it.</exception>
    public async Task CreateEventAsync(KubeEvent note, CancellationToken cancellationToken)
    {
        var request = new KubeRequest($"create events for {note.NodeName}", HttpMethod.Post, $"/api/v1/namespaces/{EventBody.Namespace}/events")
        {
            Accept = KubeRequest.MetadataOnly,
            Body = EventBody.Write(note),
        };
        using var response = await _transport.SendAsync(request, cancellationToken);
    }

    /// <summary>
    /// Gives up all connections at once and makes new ones: to be called when this host's own addresses changed, since the kernel would go on for long with a
    /// connection from an address that is gone. Calls under way are made again; an enumeration fails.
    /// </summary>
    public void Reconnect() => _transport.Reconnect();

    public void Dispose() => _transport.Dispose();

    private static string NodePath(string name) => $"/api/v1/nodes/{Uri.EscapeDataString(name)}";

    private async Task<KubeNode> AskForNodeAsync(KubeRequest request, CancellationToken cancellationToken)
    {
        using var response = await _transport.SendAsync(request, cancellationToken);
        var parser = NodeParser.OfNode(request.Accept == KubeRequest.Json, _options.Annotations);
        using var reader = new NodeReader(_transport, request, response, parser, cancellationToken);
        KubeNode? node = null;
        while (await reader.ReadAsync(_options.CallTimeout))
        {
            node = reader.Told is [.., var last] ? last.Node : node;
        }

        return node ?? throw _transport.Explain(request, new JsonException("an empty answer"));
    }
}
