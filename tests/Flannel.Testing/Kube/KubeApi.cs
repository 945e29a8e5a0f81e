using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Flannel.Testing.Kube;

/// <summary>
/// The API server as a test talks to it, apart from the client under test: one request, one answer. It reaches into namespaces and believes the cluster's authority alone.
/// </summary>
public sealed class KubeApi : IDisposable
{
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";

    private readonly HttpClient _http;
    private readonly string _token;

    internal KubeApi(Uri endpoint, string caFile, string token, Node? place)
    {
        _token = token;
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (place is not null)
        {
            handler.ConnectCallback = (context, cancellationToken) => place.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }

        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(caFile) },
        };
        _http = new HttpClient(handler) { BaseAddress = endpoint };
    }

    /// <summary>One request, whatever comes of it.</summary>
    /// <param name="method">GET, POST, PATCH, DELETE, …</param>
    /// <param name="path">Such as <c>/api/v1/nodes/a</c>.</param>
    /// <param name="body">Sent as JSON.</param>
    /// <param name="contentType">The kind of patch; plain JSON when null.</param>
    /// <param name="token">Another token than the administrator's; empty for none.</param>
    /// <exception cref="HttpRequestException">The server is not there.</exception>
    public async Task<KubeAnswer> TrySendAsync(HttpMethod method, string path, JsonNode? body = null, string? contentType = null, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token != "")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? _token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, contentType ?? "application/json");
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync();
        // Health endpoints answer in plain text.
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return new KubeAnswer(response.StatusCode, isJson ? JsonElement.Parse(text) : JsonSerializer.SerializeToElement(text));
    }

    /// <summary>Like <see cref="TrySendAsync"/>, for a request that has to succeed.</summary>
    /// <exception cref="InvalidOperationException">It was refused; the message has the server's own words.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, JsonNode? body = null, string? contentType = null)
    {
        var answer = await TrySendAsync(method, path, body, contentType);
        return answer.IsSuccess ? answer.Body : throw new InvalidOperationException($"{method} {path}: {(int)answer.Status} {answer.Body}");
    }

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<JsonElement> PostAsync(string path, JsonNode body) => SendAsync(HttpMethod.Post, path, body);

    public Task<JsonElement> PatchAsync(string path, JsonNode body, string contentType = MergePatch) => SendAsync(HttpMethod.Patch, path, body, contentType);

    public Task<JsonElement> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>Whether the server says of itself that it is ready; false also when nothing answers.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await TrySendAsync(HttpMethod.Get, "/readyz")).IsSuccess;
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException or IOException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();
}
