using System.Net;
using System.Net.Sockets;

namespace Flannel.Daemon.Http;

/// <summary>One client: its requests are answered one after another, within limits of size and time. Stopping it is safe for all threads.</summary>
internal sealed class HttpConnection(Socket socket, Func<string, Reply> answer, TimeProvider time) : IDisposable
{
    /// <summary>Bytes of one request's head.</summary>
    public const int HeadLimit = 8 * 1024;

    /// <summary>How long a client may say nothing between two requests.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    /// <summary>From the first byte of a request to its last, and for taking the reply.</summary>
    public static readonly TimeSpan ExchangeLimit = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _end = new(IdleLimit, time);
    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[HeadLimit];
    private int _filled;
    private bool _inExchange;
    private volatile bool _stopping;

    /// <summary>Since when it waits for its client, in the clock's ticks.</summary>
    public long Since { get; private set; } = time.GetTimestamp();

    /// <summary>Serves the client until either side has enough.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await ReadHeadAsync() is { } head)
            {
                await SendAsync(head.Refusal is { } status ? new Reply(status, "") : answer(head.Path), head);
                if (head.Closes)
                {
                    await SeeOffAsync();
                    break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The client is gone, too slow or no longer wanted: nothing that anyone could mend.
        }
    }

    /// <summary>Ends the connection at once, or when a request has begun once that is answered, but then within the limit.</summary>
    public void Stop(TimeSpan limit)
    {
        lock (_gate)
        {
            _stopping = true;
            _end.CancelAfter(_inExchange ? limit : TimeSpan.Zero);
        }
    }

    public void Dispose()
    {
        _end.Dispose();
        socket.Dispose();
    }

    /// <summary>The next request, of which some or all may have come with the one before; null at the end.</summary>
    private async Task<RequestHead?> ReadHeadAsync()
    {
        if (_filled == 0 && !(TryPause(IdleLimit) && await FillAsync()))
        {
            return null;
        }

        Begin();
        RequestHead head;
        int length;
        while (!RequestHead.TryRead(_buffer.AsSpan(0, _filled), out head, out length))
        {
            if (_filled == HeadLimit)
            {
                return new RequestHead("", IsHead: false, Closes: true, HttpStatusCode.RequestHeaderFieldsTooLarge);
            }

            if (!await FillAsync())
            {
                return null;
            }
        }

        _filled -= length;
        _buffer.AsSpan(length, _filled).CopyTo(_buffer);
        return head with { Closes = head.Closes || _stopping };
    }

    /// <summary>Starts the clock of a pause, in which nothing is owed to the client; false when there is to be none.</summary>
    private bool TryPause(TimeSpan limit)
    {
        lock (_gate)
        {
            if (!_stopping)
            {
                _inExchange = false;
                Since = time.GetTimestamp();
                _end.CancelAfter(limit);
            }

            return !_stopping;
        }
    }

    /// <summary>Starts the clock of an exchange; <see cref="Stop"/> may have set a shorter time.</summary>
    private void Begin()
    {
        lock (_gate)
        {
            if (!_stopping)
            {
                _inExchange = true;
                Since = time.GetTimestamp();
                _end.CancelAfter(ExchangeLimit);
            }
        }
    }

    /// <summary>Takes what comes next; false when the client closed.</summary>
    private async Task<bool> FillAsync()
    {
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_filled), _end.Token);
        _filled += count;
        return count > 0;
    }

    private async Task SendAsync(Reply reply, RequestHead head)
    {
        ReadOnlyMemory<byte> rest = reply.ToBytes(time.GetUtcNow(), head.IsHead, head.Closes);
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, _end.Token)..];
        }
    }

    /// <summary>
    /// Takes what the client still sends until it closes or has had time enough: to close a socket with unread bytes in it resets the connection, and the reply may
    /// be lost on its way.
    /// </summary>
    private async Task SeeOffAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        if (TryPause(ExchangeLimit))
        {
            while (await socket.ReceiveAsync(_buffer.AsMemory(), _end.Token) > 0)
            {
            }
        }
    }
}
