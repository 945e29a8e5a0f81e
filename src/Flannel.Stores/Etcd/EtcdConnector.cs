using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Flannel.Stores.Etcd;

/// <summary>Makes connections: plain for <c>http</c>, whatever certificates are configured, TLS with the files of this moment for <c>https</c>.</summary>
internal sealed class EtcdConnector(TlsFiles files)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.InitialRequestMessage.RequestUri!;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return endpoint.Scheme == Uri.UriSchemeHttps ? await SecureAsync(plain, endpoint, cancellationToken) : plain;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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
