using System.Net.Security;
using System.Security.Authentication;

namespace Flannel.Stores.Etcd;

/// <summary>Makes connections: plain for <c>http</c>, whatever certificates are configured, TLS with the files of this moment for <c>https</c>.</summary>
internal sealed class EtcdConnector
{
    private readonly TlsFiles _files;

    /// <exception cref="EtcdException">A certificate file cannot be used; the message names its flag.</exception>
    public EtcdConnector(EtcdOptions options) => _files = new TlsFiles(
        Source("etcd-certfile", options.CertFile),
        Source("etcd-keyfile", options.KeyFile),
        Source("etcd-cafile", options.CaFile),
        (reason, inner) => new EtcdException(GrpcStatus.InvalidArgument, reason, endpoint: null, inner));

    /// <inheritdoc cref="TcpConnection.ConnectAsync"/>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken life, CancellationToken cancellationToken)
    {
        var endpoint = context.InitialRequestMessage.RequestUri!;
        var tls = endpoint.Scheme == Uri.UriSchemeHttps ? _files.Current().Options(endpoint.IdnHost, SslApplicationProtocol.Http2) : null;
        var plain = await TcpConnection.ConnectAsync(context.DnsEndPoint, life, cancellationToken);
        try
        {
            return tls is null ? plain : await TcpConnection.SecureAsync(plain, tls, cancellationToken);
        }
        catch (AuthenticationException exception)
        {
            // Certificates are renewed while we run, so another try may succeed.
            throw new EtcdException(GrpcStatus.Unavailable, $"no TLS: {exception.Message} {exception.InnerException?.Message}".TrimEnd(), endpoint, exception);
        }
    }

    private static PemSource? Source(string flag, string file) => file.Length == 0 ? null : new PemSource(flag, file);
}
