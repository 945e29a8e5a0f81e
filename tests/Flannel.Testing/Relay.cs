using System.Net;
using System.Net.Sockets;

namespace Flannel.Testing;

/// <summary>A way to a server on loopback that a test can cut and mend, while the server itself goes on.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _life = new();
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private readonly List<Task> _pumps = [];
    private readonly Task _acceptor;
    private bool _isCut;

    public Relay(Uri target)
    {
        _target = target;
        _listener.Start();
        _acceptor = AcceptAsync();
    }

    /// <summary>The target's URL, by way of this relay.</summary>
    public Uri Endpoint => new UriBuilder(_target) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    /// <summary>Closes what is open, and closes each new connection at once.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            _open.ForEach(side => side.Dispose());
            _open.Clear();
        }
    }

    public void Mend()
    {
        lock (_gate)
        {
            _isCut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _life.CancelAsync();
        Cut();
        await _acceptor;
        await Task.WhenAll(_pumps);
        _listener.Dispose();
        _life.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_life.Token);
                _pumps.Add(ServeAsync(near));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient near)
    {
        using var far = new TcpClient { NoDelay = true };
        using (near)
        {
            if (!TryKeep(near, far))
            {
                return;
            }

            try
            {
                near.NoDelay = true;
                await far.ConnectAsync(_target.IdnHost, _target.Port, _life.Token);
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException
                or InvalidOperationException or OperationCanceledException)
            {
                // Cut, without a server, or closed by one side; the other is closed with it.
            }
        }
    }

    private bool TryKeep(params IReadOnlyList<TcpClient> sides)
    {
        lock (_gate)
        {
            if (!_isCut)
            {
                _open.AddRange(sides);
            }

            return !_isCut;
        }
    }
}
