using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Flannel.Stores.Etcd;

/// <summary>Makes connections: plain for <c>http</c>, whatever certificates are configured, TLS with the files of this moment for <c>https</c>.</summary>
internal sealed class EtcdConnector(TlsFiles files)
{
    // A peer that is cut off is given up after 14 s: so many seconds of silence, then so many probes.
    private const int FirstProbe = 5;
    private const int ProbeInterval = 3;
    private const int Probes = 3;

    // linux/tcp.h: milliseconds that sent data may stay unacknowledged; the probes are not sent while there are such.
    private const int TCP_USER_TIMEOUT = 18;

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.InitialRequestMessage.RequestUri!;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            NoticeSilence(socket);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return endpoint.Scheme == Uri.UriSchemeHttps ? await SecureAsync(plain, endpoint, cancellationToken) : plain;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The kernel's own probes cost this process nothing while the peer answers. To be set once connected: a socket with a raw option tries one address only.
    private static void NoticeSilence(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, FirstProbe);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeInterval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TCP_USER_TIMEOUT, BitConverter.GetBytes(1000 * (FirstProbe + (Probes * ProbeInterval))));
    }

    private async Task<SslStream> SecureAsync(NetworkStream plain, Uri endpoint, CancellationToken cancellationToken)
    {
        var secure = new SslStream(plain);
        try
        {
            await secure.AuthenticateAsClientAsync(files.ForHost(endpoint.IdnHost), cancellationToken);
            return secure;
        }
        catch (AuthenticationException exception)
        {
            // Certificates are renewed while we run, so another try may succeed.
            throw new EtcdException(GrpcStatus.Unavailable, $"no TLS: {exception.Message} {exception.InnerException?.Message}".TrimEnd(), endpoint, exception);
        }
    }
}
