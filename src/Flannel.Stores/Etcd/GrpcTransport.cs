using System.Net;
using Google.Protobuf;

namespace Flannel.Stores.Etcd;

/// <summary>
/// gRPC over the HTTP/2 of the base library: unary calls, and calls whose answers stream. Connections are made when first used and shared by all calls to an endpoint;
/// nothing runs between calls.
/// </summary>
internal sealed class GrpcTransport : IDisposable
{
    private readonly EtcdConnector _connector;
    private readonly TimeSpan _timeout;
    private GrpcConnections _connections;

    /// <exception cref="EtcdException">A certificate file cannot be used.</exception>
    public GrpcTransport(EtcdOptions options)
    {
        (_connector, _timeout) = (new EtcdConnector(options), options.CallTimeout);
        _connections = new GrpcConnections(_connector, _timeout);
    }

    /// <summary>The connections of this moment. A call that fails after they were replaced says nothing about the server.</summary>
    public object Connections => Volatile.Read(ref _connections);

    /// <summary>Gives up all connections, and the calls under way with them; the next call makes new ones.</summary>
    public void Reconnect() => Interlocked.Exchange(ref _connections, new GrpcConnections(_connector, _timeout)).Dispose();

    /// <summary>Asks one endpoint one question; it has the call timeout to answer.</summary>
    public async Task<TResponse> AskAsync<TResponse>(
        Uri endpoint, GrpcMethod<TResponse> method, IMessage request, string? token, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        using var call = await StartAsync(endpoint, method, request, token, isStream: false, cancellationToken);
        return await call.ReadAsync() ?? throw new EtcdException(GrpcStatus.Internal, $"{method}: an empty answer", endpoint);
    }

    /// <summary>
    /// Opens a stream of answers and reads the first of them, for both of which the endpoint has the call timeout. Later ones may take for ever, and the token
    /// ends waiting for them too.
    /// </summary>
    public async Task<(GrpcCall<TResponse> Call, TResponse First)> OpenAsync<TResponse>(
        Uri endpoint, GrpcMethod<TResponse> method, IMessage request, string? token, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        var call = await StartAsync(endpoint, method, request, token, isStream: true, cancellationToken);
        try
        {
            var first = await call.ReadAsync() ?? throw new EtcdException(GrpcStatus.Unavailable, $"{method}: ended at once", endpoint);
            call.LiftDeadline();
            return (call, first);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    public void Dispose() => _connections.Dispose();

    private async Task<GrpcCall<TResponse>> StartAsync<TResponse>(
        Uri endpoint, GrpcMethod<TResponse> method, IMessage message, string? token, bool isStream, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>
    {
        var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            life.CancelAfter(_timeout);
            using var content = new GrpcContent(GrpcFrame.Encode(message), isStream ? life.Token : null);
            var request = NewRequest(new Uri(endpoint, method.Path), token);
            request.Content = content;
            var response = await Volatile.Read(ref _connections).Http.SendAsync(request, life.Token);
            return new GrpcCall<TResponse>(endpoint, method, response, await response.Content.ReadAsStreamAsync(life.Token), life, cancellationToken);
        }
        catch (Exception exception)
        {
            life.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw GrpcFault.Explain(exception, endpoint, method.ToString());
        }
    }

    private static HttpRequestMessage NewRequest(Uri uri, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        // A member that is cut off from the majority says so at once instead of waiting for it.
        request.Headers.TryAddWithoutValidation("hasleader", "true");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("token", token);
        }

        return request;
    }
}
