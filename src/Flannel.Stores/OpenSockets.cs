using System.Net.Sockets;

namespace Flannel.Stores;

/// <summary>The connections that are in use, so that all of them can be given up at once. Each leaves when its stream is closed.</summary>
internal sealed class OpenSockets : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _sockets = [];
    private bool _isClosed;

    /// <summary>A stream that owns the socket.</summary>
    /// <exception cref="ObjectDisposedException">All were given up meanwhile.</exception>
    public NetworkStream Open(Socket socket)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _sockets.Add(socket);
        }

        return new Connection(socket, this);
    }

    /// <summary>Breaks them all: whoever reads or writes is told at once.</summary>
    public void Dispose()
    {
        Socket[] sockets;
        lock (_lock)
        {
            _isClosed = true;
            sockets = [.. _sockets];
            _sockets.Clear();
        }

        foreach (var socket in sockets)
        {
            socket.Dispose();
        }
    }

    private void Remove(Socket socket)
    {
        lock (_lock)
        {
            _sockets.Remove(socket);
        }
    }

    private sealed class Connection(Socket socket, OpenSockets all) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            all.Remove(Socket);
            base.Dispose(disposing);
        }
    }
}
