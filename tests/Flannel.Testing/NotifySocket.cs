using System.Net.Sockets;
using System.Text;

namespace Flannel.Testing;

/// <summary>The socket on which systemd would hear a daemon say <c>READY=1</c>.</summary>
internal sealed class NotifySocket : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _receiver;
    private volatile string _heard = "";

    public NotifySocket(string path)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _receiver = ReceiveAsync();
    }

    public bool HasHeard(string message) => _heard.Split('\n').Contains(message);

    /// <summary>Forgets what an earlier run of the daemon said.</summary>
    public void Clear() => _heard = "";

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _receiver;
        _socket.Dispose();
        _ending.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, _ending.Token);
                _heard += Encoding.UTF8.GetString(buffer, 0, length) + '\n';
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
        }
    }
}
