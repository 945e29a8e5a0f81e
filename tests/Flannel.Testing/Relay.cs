using System.Net;
using System.Net.Sockets;

namespace Flannel.Testing;

/// <summary>A way to a server that a test can cut and mend, while the server itself goes on.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly Uri _target;
    private readonly Node? _place;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _life = new();
    private readonly Lock _gate = new();
    private readonly List<TcpClient> _open = [];
    private readonly List<Task> _pumps = [];
    private readonly Task _acceptor;
    private CancellationTokenSource _carrying = new();
    private bool _isCut;

    /// <summary>A way on loopback, or on a node that has an address of its own.</summary>
    /// <param name="target">The server's URL.</param>
    /// <param name="place">The node whose network both sides are in.</param>
    /// <param name="address">The address of the node to listen at.</param>
    public Relay(Uri target, Node? place = null, IPAddress? address = null)
    {
        _target = target;
        _place = place;
        _listener = InPlace(() => new TcpListener(address ?? IPAddress.Loopback, 0));
        _listener.Start();
        _acceptor = AcceptAsync();
    }

    /// <summary>The target's URL, by way of this relay.</summary>
    public Uri Endpoint => new UriBuilder(_target) { Host = Listening.Address.ToString(), Port = Listening.Port }.Uri;

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

    /// <summary>Carries nothing more on what is open, without closing it, as when the way was lost unnoticed; new connections are carried.</summary>
    public void Freeze()
    {
        lock (_gate)
        {
            _carrying.Cancel();
            _carrying = new CancellationTokenSource();
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
        _carrying.Dispose();
    }

    private IPEndPoint Listening => (IPEndPoint)_listener.LocalEndpoint;

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
        using var far = InPlace(() => new TcpClient { NoDelay = true });
        using (near)
        {
            if (!TryKeep(out var carrying, near, far))
            {
                return;
            }

            try
            {
                near.NoDelay = true;
                await far.ConnectAsync(_target.IdnHost, _target.Port, _life.Token);
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), carrying), far.GetStream().CopyToAsync(near.GetStream(), carrying));
                if (carrying.IsCancellationRequested)
                {
                    await Task.Delay(Timeout.Infinite, _life.Token);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException
                or InvalidOperationException or OperationCanceledException)
            {
                // Cut, without a server, or closed by one side; the other is closed with it.
            }
        }
    }

    private T InPlace<T>(Func<T> open) => _place is null ? open() : _place.Netns.Run(open);

    private bool TryKeep(out CancellationToken carrying, params IReadOnlyList<TcpClient> sides)
    {
        lock (_gate)
        {
            carrying = _carrying.Token;
            if (!_isCut)
            {
                _open.AddRange(sides);
            }

            return !_isCut;
        }
    }
}
