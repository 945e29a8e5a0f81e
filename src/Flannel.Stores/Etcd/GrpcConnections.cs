namespace Flannel.Stores.Etcd;

/// <summary>One set of connections, at most a few for each endpoint. They are made when first used; disposing breaks them and fails what goes on over them.</summary>
internal sealed class GrpcConnections : IDisposable
{
    private const int StreamWindow = 1 << 20;

    private readonly OpenSockets _sockets = new();

    public GrpcConnections(EtcdConnector connector, TimeSpan connectTimeout)
    {
#pragma warning disable CA2000 // The invoker disposes its handler.
        Http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context, _sockets, cancellationToken),
            ConnectTimeout = connectTimeout,
            // Neither a scan for idle connections nor the handler's own pings: both wake the process every other second for good.
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = StreamWindow,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        });
#pragma warning restore CA2000
    }

    public HttpMessageInvoker Http { get; }

    /// <summary>The handler alone would wait for the streams to end.</summary>
    public void Dispose()
    {
        _sockets.Dispose();
        Http.Dispose();
    }
}
