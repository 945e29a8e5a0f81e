using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Flannel.StoreTests.Kube;

/// <summary>A proxy for HTTPS (CONNECT): whatever name is asked for, the way leads to one server.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly string _demanded;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _life = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly List<Task> _served = [];
    private readonly Task _acceptor;

    /// <param name="server">Where the way leads.</param>
    /// <param name="demanded">User and password, with a colon between, of those it works for; empty when it works for all.</param>
    public ConnectProxy(Uri server, string demanded = "")
    {
        (_server, _demanded) = (server, Convert.ToBase64String(Encoding.UTF8.GetBytes(demanded)));
        _listener.Start();
        _acceptor = AcceptAsync();
    }

    /// <summary>Its host and port.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>The request lines and headers that came, one text for each question.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        await _acceptor;
        await Task.WhenAll(_served);
        _listener.Dispose();
        _life.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_life.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var near = accepted;
        using var far = new TcpClient();
        try
        {
            while (!(await AskedAsync(near.GetStream())).Contains($"Proxy-Authorization: Basic {_demanded}", StringComparison.OrdinalIgnoreCase) && _demanded.Length > 0)
            {
                await near.GetStream().WriteAsync("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _life.Token);
            }

            await far.ConnectAsync(_server.Host, _server.Port, _life.Token);
            await near.GetStream().WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _life.Token);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), _life.Token), far.GetStream().CopyToAsync(near.GetStream(), _life.Token));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One side has gone; the other goes with it.
        }
    }

    // A client says nothing more before it is answered.
    private async Task<string> AskedAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[4096];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var length = await stream.ReadAsync(buffer, _life.Token);
            head.Append(length > 0 ? Encoding.ASCII.GetString(buffer, 0, length) : throw new IOException("closed within a request"));
        }

        _requests.Enqueue(head.ToString());
        return head.ToString();
    }
}
