namespace Flannel.Stores.Etcd;

/// <summary>One set of connections, at most a few for each endpoint. They are made when first used; disposing breaks them and fails what goes on over them.</summary>
internal sealed class GrpcConnections : IDisposable
{
    private const int StreamWindow = 1 << 20;

    private readonly OpenSockets _sockets = new();

    public GrpcConnections(EtcdConnector connector, TimeSpan connectTimeout)
    {
        Http = new HttpMessageInvoker(
            QuietHttp.NewHandler(StreamWindow, connectTimeout, (context, cancellationToken) => connector.ConnectAsync(context, _sockets, cancellationToken)));
    }

    public HttpMessageInvoker Http { get; }

    /// <summary>The handler alone would wait for the streams to end.</summary>
    public void Dispose()
    {
        _sockets.Dispose();
        Http.Dispose();
    }
}
