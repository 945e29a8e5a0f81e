using System.Net;
using System.Net.Http.Headers;

namespace Flannel.Stores.Kube;

/// <summary>One question to the API server.</summary>
/// <param name="Asked">What is asked, as an error tells it: a verb of RBAC, the resource, a name.</param>
/// <param name="Method">GET, PATCH or POST.</param>
/// <param name="Path">Path and query.</param>
internal sealed record KubeRequest(string Asked, HttpMethod Method, string Path)
{
    public const string Json = "application/json";

    // A server older than 1.15 knows whole objects only.
    public const string MetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    public string Accept { get; init; } = Json;

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = Json;

    /// <summary>The answer comes bit by bit and has a connection of its own: HTTP/1.1, where what arrives is the answer's and needs no reader between.</summary>
    public bool IsWatch { get; init; }

    /// <param name="server">The server's URL; its path goes first.</param>
    /// <param name="options">Who asks.</param>
    /// <param name="token">The bearer token of this moment; null for none.</param>
    public HttpRequestMessage NewMessage(Uri server, KubeOptions options, string? token)
    {
        var message = new HttpRequestMessage(Method, new Uri(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + Path))
        {
            Version = IsWatch ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept", Accept);
        message.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        }
        else if (options.Username is not null)
        {
            var pair = System.Text.Encoding.UTF8.GetBytes($"{options.Username}:{options.Password}");
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
        }

        if (options is { TlsServerName: not null, Proxy: not null })
        {
            // Behind a proxy the handler makes the TLS connection, and has no other way to be told the name that is expected.
            message.Headers.Host = $"{options.TlsServerName}:{server.Port}";
        }

        if (Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        }

        return message;
    }
}
