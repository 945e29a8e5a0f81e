using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Flannel.Testing;

namespace Flannel.StoreTests.Kube;

/// <summary>What stands where an API server should and misbehaves as no real one can be made to: each connection gets one answer, byte by byte as the test wrote it.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _life = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _names = new();
    private readonly string _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _acceptor;

    public ScriptedServer(string answer, TestCertificate? certificate = null)
    {
        _answer = answer;
        _certificate = certificate is null ? null : X509Certificate2.CreateFromPemFile(certificate.CertFile, certificate.KeyFile);
        _listener.Start();
        _acceptor = AcceptAsync();
    }

    public Uri Endpoint => new($"{(_certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}");

    /// <summary>The request lines and headers that came, one text for each request.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>The names that clients asked for when TLS began.</summary>
    public IReadOnlyList<string> Names => [.. _names];

    /// <summary>A whole answer.</summary>
    /// <param name="status">Such as <c>200 OK</c>.</param>
    /// <param name="body">Its body.</param>
    /// <param name="headers">More headers, a line each.</param>
    public static string Answer(string status, string body, params IReadOnlyList<string> headers) =>
        string.Join("\r\n", [$"HTTP/1.1 {status}", $"Content-Length: {Encoding.UTF8.GetByteCount(body)}", "Connection: close", .. headers, "", body]);

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await _acceptor;
        _listener.Dispose();
        _certificate?.Dispose();
        _life.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_life.Token);
                await ServeAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Stream connection)
    {
        try
        {
            await using var stream = _certificate is null ? connection : await SecureAsync(connection);
            _requests.Enqueue(await ReadHeadAsync(stream));
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer), _life.Token);
        }
        catch (IOException)
        {
            // The client did not like what it saw.
        }
    }

    private async Task<Stream> SecureAsync(Stream connection)
    {
        var tls = new SslStream(connection);
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateSelectionCallback = (_, name) =>
                {
                    _names.Enqueue(name ?? "");
                    return _certificate!;
                },
            },
            _life.Token);
        return tls;
    }

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var length = await stream.ReadAsync(buffer, _life.Token);
            head.Append(length > 0 ? Encoding.UTF8.GetString(buffer, 0, length) : throw new IOException("closed within a request"));
        }

        return head.ToString();
    }
}
