namespace Flannel.Stores.Etcd;

/// <summary>One set of connections, at most a few for each endpoint. They are made when first used; disposing breaks them and fails what goes on over them.</summary>
internal sealed class GrpcConnections : IDisposable
{
    private const int StreamWindow = 1 << 20;

    private readonly CancellationTokenSource _life = new();

    public GrpcConnections(EtcdConnector connector, TimeSpan connectTimeout)
    {
        var life = _life.Token;
        Http = new HttpMessageInvoker(
            QuietHttp.NewHandler(StreamWindow, connectTimeout, (context, cancellationToken) => connector.ConnectAsync(context, life, cancellationToken)));
    }

    public HttpMessageInvoker Http { get; }

    /// <summary>The handler alone would wait for the streams to end.</summary>
    public void Dispose()
    {
        _life.Cancel();
        Http.Dispose();
    }
}
