using System.Net;
using System.Net.Sockets;

namespace Flannel.Daemon.Http;

/// <summary>
/// An HTTP/1.1 server for probes and metrics: plain texts by path, to any method. It trusts no client: requests are bounded in size and time, connections in number.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>Beyond it, whoever has been waiting longest makes room.</summary>
    public const int ConnectionLimit = 64;

    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromSeconds(1);

    private readonly Socket _listener;
    private readonly Func<string, Reply> _answer;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<HttpConnection, Task> _connections = [];
    private readonly Task _accepting;

    private HttpServer(Socket listener, Func<string, Reply> answer, TimeProvider time)
    {
        (_listener, _answer, _time) = (listener, answer, time);
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = AcceptAsync(_stopping.Token);
    }

    /// <summary>Where it listens; with the port the kernel chose when 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>
    /// Listens from now on; <see cref="IPAddress.IPv6Any"/> is every address of both families. <paramref name="answer"/> gives the reply to a path, for whichever method,
    /// and is called from any thread.
    /// </summary>
    /// <exception cref="SocketException">The address is not the host's, or the port is taken.</exception>
    public static HttpServer Start(IPEndPoint endPoint, Func<string, Reply> answer, TimeProvider time)
    {
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                listener.DualMode = true;
            }

            listener.Bind(endPoint);
            listener.Listen();
            return new HttpServer(listener, answer, time);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening; requests that have begun are still answered, within three seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
        Task[] running;
        lock (_gate)
        {
            foreach (var connection in _connections.Keys)
            {
                connection.Stop(DrainLimit);
            }

            running = [.. _connections.Values];
        }

        await Task.WhenAll(running);
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Take(await _listener.AcceptAsync(cancellationToken));
            }
            catch (SocketException)
            {
                // Out of descriptors or of memory: others are about to give some back.
                await Task.Delay(AcceptRetry, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Take(Socket client)
    {
        var connection = new HttpConnection(client, _answer, _time);
        lock (_gate)
        {
            if (_connections.Count >= ConnectionLimit)
            {
                var longest = _connections.Keys.MinBy(one => one.Since)!;
                _connections.Remove(longest);
                longest.Stop(TimeSpan.Zero);
            }

            _connections.Add(connection, ServeAsync(connection));
        }
    }

    private async Task ServeAsync(HttpConnection connection)
    {
        await Task.Yield(); // to be in the table before it can end
        try
        {
            await connection.RunAsync();
        }
        finally
        {
            lock (_gate)
            {
                _connections.Remove(connection);
            }

            connection.Dispose();
        }
    }
}
