using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Flannel.Stores;

/// <summary>Makes connections that notice a peer which is cut off, and that can be given up many at once.</summary>
internal static class TcpConnection
{
    // Such a peer is given up after 14 s: so many seconds of silence, then so many probes.
    private const int FirstProbe = 5;
    private const int ProbeInterval = 3;
    private const int Probes = 3;

    // linux/tcp.h: milliseconds that sent data may stay unacknowledged; the probes are not sent while there are such.
    private const int TCP_USER_TIMEOUT = 18;

    /// <param name="endpoint">Where to.</param>
    /// <param name="life">Breaks the connection, at any time: whoever reads or writes is told at once.</param>
    /// <param name="cancellationToken">Ends the try.</param>
    public static async Task<NetworkStream> ConnectAsync(DnsEndPoint endpoint, CancellationToken life, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(life, cancellationToken);
        var socket = NewSocket();
        try
        {
            await socket.ConnectAsync(endpoint, end.Token);
            NoticeSilence(socket);
            return new Connection(socket, life);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins TLS on a connection, which is closed when that fails.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The other side is not who it should be, or refuses us.</exception>
    public static async Task<SslStream> SecureAsync(Stream plain, SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        var secure = new SslStream(plain);
        try
        {
            await secure.AuthenticateAsClientAsync(options, cancellationToken);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    public static Socket NewSocket() => new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <remarks>The kernel's own probes cost this process nothing while the peer answers. To be set once connected: a socket with a raw option tries one address only.</remarks>
    public static void NoticeSilence(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, FirstProbe);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeInterval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TCP_USER_TIMEOUT, BitConverter.GetBytes(1000 * (FirstProbe + (Probes * ProbeInterval))));
    }

    private sealed class Connection(Socket socket, CancellationToken life) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly CancellationTokenRegistration _end = life.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket);

        protected override void Dispose(bool disposing)
        {
            // Not waiting for a break under way: it may be what brought us here.
            _end.Unregister();
            base.Dispose(disposing);
        }
    }
}
