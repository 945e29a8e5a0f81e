using Google.Protobuf;

namespace Flannel.Stores.Etcd;

/// <summary>
/// etcd's v3 API as far as flannel needs it. Several endpoints are one server: a call goes to the endpoint that answered last, and on to the next while that is away,
/// too slow or without a leader. Calls throw <see cref="EtcdException"/>, transient when no endpoint could answer; then it is the last one's word. A write whose
/// answer was lost may have been carried out.
/// </summary>
public sealed partial class EtcdClient : IAsyncDisposable
{
    private readonly IReadOnlyList<Uri> _endpoints;
    private readonly GrpcTransport _grpc;
    private readonly EtcdLogin _login;
    private readonly TimeSpan _keepAlive;
    private int _preferred;

    /// <summary>Connects to nothing yet.</summary>
    /// <exception cref="EtcdException">A certificate file cannot be used; not transient, and the message names the flag.</exception>
    public EtcdClient(EtcdOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Endpoints.Count);
        (_endpoints, _keepAlive) = (options.Endpoints, options.KeepAlive);
        _grpc = new GrpcTransport(options);
        _login = new EtcdLogin(_grpc, options);
    }

    /// <summary>
    /// Gives up all connections at once and makes new ones: to be called when this host's own addresses changed, since the kernel would go on for long with a
    /// connection from an address that is gone. Calls under way are made again; a watch ends with <see cref="EtcdException.IsReconnect"/>.
    /// </summary>
    public void Reconnect() => _grpc.Reconnect();

    public ValueTask DisposeAsync()
    {
        _grpc.Dispose();
        _login.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<TResponse> AskAsync<TResponse>(GrpcMethod<TResponse> method, IMessage request, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse> =>
        InTurnAsync((endpoint, token) => _grpc.AskAsync(endpoint, method, request, token, cancellationToken), cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<Uri, string?, Task<T>> ask, CancellationToken cancellationToken)
    {
        var first = Volatile.Read(ref _preferred);
        for (var tries = 1; ; tries++)
        {
            var index = (first + tries - 1) % _endpoints.Count;
            var connections = _grpc.Connections;
            try
            {
                var answer = await LoggedInAsync(_endpoints[index], ask, cancellationToken);
                Volatile.Write(ref _preferred, index);
                return answer;
            }
            catch (EtcdException exception) when (exception.IsTransient && _grpc.Connections != connections)
            {
                tries--; // nobody's fault
            }
            catch (EtcdException exception) when (exception.IsTransient && tries < _endpoints.Count)
            {
                // The next endpoint may know better.
            }
        }
    }

    private async Task<T> LoggedInAsync<T>(Uri endpoint, Func<Uri, string?, Task<T>> ask, CancellationToken cancellationToken)
    {
        var token = await _login.GetTokenAsync(endpoint, cancellationToken);
        try
        {
            return await ask(endpoint, token);
        }
        catch (EtcdException exception) when (_login.Forget(token, exception))
        {
            return await ask(endpoint, await _login.GetTokenAsync(endpoint, cancellationToken));
        }
    }

    /// <summary>The next call starts behind an endpoint that has just failed.</summary>
    private void PassOver(Uri endpoint)
    {
        var index = _preferred;
        if (_endpoints[index] == endpoint)
        {
            Interlocked.CompareExchange(ref _preferred, (index + 1) % _endpoints.Count, index);
        }
    }
}
