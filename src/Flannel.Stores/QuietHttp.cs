namespace Flannel.Stores;

/// <summary>HTTP for an agent that rests most of the time: nothing runs between calls, and what is answered is what was asked.</summary>
internal static class QuietHttp
{
    /// <param name="streamWindow">Bytes that a server may send on one HTTP/2 stream before they are read.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    /// <param name="connect">Makes one.</param>
    public static SocketsHttpHandler NewHandler(
        int streamWindow, TimeSpan connectTimeout, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
        {
            ConnectCallback = connect,
            ConnectTimeout = connectTimeout,
            // Neither a scan for idle connections nor the handler's own pings: both wake the process every other second for good.
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = streamWindow,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
}
