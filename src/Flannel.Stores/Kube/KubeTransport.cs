using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Flannel.Stores.Kube;

/// <summary>
/// HTTP to one API server: HTTP/2 with TLS, HTTP/1.1 without, and for a watch. Connections are made when first used and shared by all calls; nothing runs between calls.
/// When certificate files change, or when one turns out to be hung, later calls have new ones and calls under way keep theirs; <see cref="Reconnect"/> leaves nobody on an
/// old one.
/// </summary>
internal sealed class KubeTransport : IDisposable
{
    private const int StreamWindow = 256 * 1024;
    private const int LongestRefusal = 64 * 1024;

    // A server that asks for more is asked again nonetheless, once in a while.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private static readonly SslApplicationProtocol[] AnyHttp = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private static readonly SslApplicationProtocol[] Http11 = [SslApplicationProtocol.Http11];

    private readonly KubeOptions _options;
    private readonly TlsFiles _files;
    private readonly Lock _gate = new();
    private TlsMaterial _material;
    private Connections _connections;

    /// <summary>Of all connections made since the last <see cref="Reconnect"/>.</summary>
    private CancellationTokenSource _life = new();

    /// <exception cref="KubeException">A certificate file cannot be used.</exception>
    public KubeTransport(KubeOptions options)
    {
        _options = options;
        _files = new TlsFiles(options.Certificate, options.Key, options.Authorities, (reason, inner) => new KubeException(reason, isTransient: false, inner));
        _material = _files.Current();
        _connections = NewConnections(_material);
    }

    /// <summary>Cancelled when the connections of this moment are given up. A call that fails then says nothing about the server.</summary>
    public CancellationToken Life
    {
        get
        {
            lock (_gate)
            {
                return _life.Token;
            }
        }
    }

    /// <summary>Asks, and waits until an answer begins. A token that was renewed on the way is tried once more.</summary>
    /// <exception cref="KubeException">No answer, or a refusal.</exception>
    public async Task<HttpResponseMessage> SendAsync(KubeRequest request, CancellationToken cancellationToken)
    {
        var token = _options.Token?.Current();
        var response = await SendOnceAsync(request, token, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized && _options.Token?.Current() is { } renewed && renewed != token)
        {
            response.Dispose();
            response = await SendOnceAsync(request, renewed, cancellationToken);
        }

        using var refused = response.IsSuccessStatusCode ? null : response;
        return refused is null ? response : throw await WhyRefusedAsync(request, refused, cancellationToken);
    }

    /// <summary>Leaves the connections of this moment to the calls under way; later calls make new ones.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            Replace(_material);
        }
    }

    /// <summary>Gives up all connections, and the calls under way with them; the next call makes new ones.</summary>
    public void Reconnect()
    {
        CancellationTokenSource before;
        lock (_gate)
        {
            (before, _life) = (_life, new CancellationTokenSource());
            Replace(_material);
        }

        // What waits for it goes on elsewhere, not within this call.
        _ = before.CancelAsync();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _connections.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(KubeRequest request, string? token, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.CallTimeout);
        while (true)
        {
            using var message = request.NewMessage(_options.Server, _options, token);
            var (connections, life) = Current();
            try
            {
                return await (request.IsWatch ? connections.Watches : connections.Calls).SendAsync(message, deadline.Token);
            }
            catch (Exception exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (deadline.IsCancellationRequested)
                {
                    Renew();
                }
                else if (life.IsCancellationRequested)
                {
                    continue; // nobody's fault
                }

                throw Explain(request, exception);
            }
        }
    }

    /// <summary>Names the innermost cause of a failure on the way, since the outer ones speak of HTTP.</summary>
    public KubeException Explain(KubeRequest request, Exception exception) => exception switch
    {
        KubeException known => known,
        OperationCanceledException or TimeoutException => new KubeException(request.Asked, _options.Server, "no answer in time", exception),
        _ => new KubeException(request.Asked, _options.Server, exception.GetBaseException().Message, exception),
    };

    public KubeException Refused(KubeRequest request, KubeStatus status, TimeSpan? retryAfter = null)
    {
        var wait = retryAfter ?? (status.RetryAfterSeconds > 0 ? TimeSpan.FromSeconds(status.RetryAfterSeconds) : null);
        wait = wait > LongestWait ? LongestWait : wait;
        var code = (HttpStatusCode)status.Code;
        var text = status.Message.Length > 0 ? status.Message : "refused";
        return new KubeException(request.Asked, _options.Server, code, status.Reason, $"{text} ({status.Code} {(status.Reason.Length > 0 ? status.Reason : code)})", wait);
    }

    private async Task<KubeException> WhyRefusedAsync(KubeRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = Array.Empty<byte>();
        try
        {
            body = await ReadBodyAsync(response, LongestRefusal, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // The status says enough.
        }

        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - TimeProvider.System.GetUtcNow() : null);
        return Refused(request, KubeStatus.Parse(body, (int)response.StatusCode), wait > TimeSpan.Zero ? wait : null);
    }

    /// <summary>The whole of an answer, or as much of it as is asked for.</summary>
    public async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.CallTimeout);
        await using var stream = await response.Content.ReadAsStreamAsync(deadline.Token);
        var buffer = new byte[most];
        var length = await stream.ReadAtLeastAsync(buffer, most, throwOnEndOfStream: false, deadline.Token);
        return buffer[..length];
    }

    private (Connections Connections, CancellationToken Life) Current()
    {
        lock (_gate)
        {
            var material = _files.Current();
            if (material != _material)
            {
                Replace(material);
            }

            return (_connections, _life.Token);
        }
    }

    // The handler lets calls that are under way end by themselves.
    private void Replace(TlsMaterial material)
    {
        using var before = _connections;
        (_material, _connections) = (material, NewConnections(material));
    }

    private Connections NewConnections(TlsMaterial material)
    {
        var life = _life.Token;
        return new Connections(
            NewInvoker(material, AnyHttp, async (endpoint, cancellationToken) => await TcpConnection.ConnectAsync(endpoint, life, cancellationToken)),
            NewInvoker(material, Http11, async (endpoint, cancellationToken) => await AttendedStream.ConnectAsync(endpoint, life, cancellationToken)));
    }

    private HttpMessageInvoker NewInvoker(TlsMaterial material, SslApplicationProtocol[] protocols, Func<DnsEndPoint, CancellationToken, Task<NetworkStream>> connect)
    {
        var tls = TlsOptions(material, protocols);
        var handler = QuietHttp.NewHandler(
            StreamWindow,
            _options.CallTimeout,
            async (context, cancellationToken) => await SecureAsync(await connect(context.DnsEndPoint, cancellationToken), tls, cancellationToken));
        handler.SslOptions = tls;
        (handler.UseProxy, handler.Proxy) = (_options.Proxy is not null, _options.Proxy is { } proxy ? NewProxy(proxy) : null);
        return new HttpMessageInvoker(handler);
    }

    // The handler expects the certificate of the URL's host, whatever its options say, unless it is given a connection that has TLS already.
    private async ValueTask<Stream> SecureAsync(Stream connection, SslClientAuthenticationOptions tls, CancellationToken cancellationToken) =>
        tls.TargetHost is not null && _options.Proxy is null && _options.Server.Scheme == Uri.UriSchemeHttps
            ? await TcpConnection.SecureAsync(connection, tls, cancellationToken)
            : connection;

    private SslClientAuthenticationOptions TlsOptions(TlsMaterial material, SslApplicationProtocol[] protocols)
    {
        var tls = material.Options(_options.TlsServerName, protocols);
        if (_options.SkipTlsVerify)
        {
#pragma warning disable CA5359 // What insecure-skip-tls-verify asks for.
            tls.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return tls;
    }

    private static WebProxy NewProxy(Uri uri)
    {
        var proxy = new WebProxy(new Uri(uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)));
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var rest])
        {
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(rest.FirstOrDefault("")));
        }

        return proxy;
    }

    private readonly record struct Connections(HttpMessageInvoker Calls, HttpMessageInvoker Watches) : IDisposable
    {
        public void Dispose()
        {
            Calls.Dispose();
            Watches.Dispose();
        }
    }
}
