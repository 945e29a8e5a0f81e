using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Flannel.Stores;

/// <summary>
/// A connection with a thread of its own, for a peer that tells a little thing now and then: the thread sleeps in the kernel until one comes and then runs whatever awaits
/// it, where a common connection wakes two threads or three. What runs there may block: nothing else depends on this thread. One read at a time.
/// </summary>
internal sealed class AttendedStream : NetworkStream, IValueTaskSource<int>
{
    // A TLS handshake and a parser run on it. Memory that is not touched costs nothing.
    private const int StackSize = 512 * 1024;

    private readonly CancellationTokenRegistration _end;

    // The monitor guards both flags: a read that is asked for is always answered.
    private readonly object _gate = new();
    private bool _isAsked;
    private bool _isClosed;
    private ManualResetValueTaskSourceCore<int> _answer;
    private Memory<byte> _buffer;
    private CancellationToken _cancellationToken;

    private AttendedStream(Socket socket, CancellationToken life)
        : base(socket, ownsSocket: true) => _end = life.UnsafeRegister(static stream => ((AttendedStream)stream!).Dispose(), this);

    /// <inheritdoc cref="TcpConnection.ConnectAsync"/>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    public static Task<AttendedStream> ConnectAsync(DnsEndPoint endpoint, CancellationToken life, CancellationToken cancellationToken)
    {
        // Without a token, which could end it before the thread begins it.
        var connecting = new Task<AttendedStream>(() => Connect(endpoint, life, cancellationToken), CancellationToken.None);
        new Thread(() => Run(connecting), StackSize) { IsBackground = true, Name = "attend" }.UnsafeStart();
        return connecting;
    }

    /// <remarks>To cancel a read is to close the connection. A read of nothing does not wait: it would cost a second look at the socket for each arrival.</remarks>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return new ValueTask<int>(0);
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _answer.Reset();
            (_buffer, _cancellationToken, _isAsked) = (buffer, cancellationToken, true);
            Monitor.Pulse(_gate);
            return new ValueTask<int>(this, _answer.Version);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <remarks>Waits for room in the socket's buffer, which has it for what is said here: a handshake, a question.</remarks>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    int IValueTaskSource<int>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }

        // Not waiting for an end under way: it may be what brought us here.
        _end.Unregister();

        // Wakes the thread in the kernel.
        base.Dispose(disposing);
    }

    // Sockets that were once used asynchronously never block again: each arrival would wake the runtime's own thread first.
    private static AttendedStream Connect(DnsEndPoint endpoint, CancellationToken life, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(life, cancellationToken);
        var socket = TcpConnection.NewSocket();
        try
        {
            using (end.Token.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            {
                socket.Connect(endpoint);
                TcpConnection.NoticeSilence(socket);
            }

            return new AttendedStream(socket, life);
        }
        catch
        {
            socket.Dispose();
            end.Token.ThrowIfCancellationRequested();
            throw;
        }
    }

    private static void Run(Task<AttendedStream> connecting)
    {
        connecting.RunSynchronously();
        if (connecting.IsCompletedSuccessfully)
        {
            connecting.Result.Attend();
        }
    }

    private void Attend()
    {
        while (AwaitAsked())
        {
            int length;
            try
            {
                length = Receive();
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
            {
                _answer.SetException(_cancellationToken.IsCancellationRequested ? new OperationCanceledException(_cancellationToken) : exception);
                continue;
            }

            _answer.SetResult(length);
        }
    }

    private bool AwaitAsked()
    {
        lock (_gate)
        {
            while (!_isAsked && !_isClosed)
            {
                Monitor.Wait(_gate);
            }

            var isAsked = _isAsked;
            _isAsked = false;
            return isAsked;
        }
    }

    private int Receive()
    {
        using var cancellation = _cancellationToken.UnsafeRegister(static stream => ((AttendedStream)stream!).Dispose(), this);
        var length = Read(_buffer.Span);
        // To the kernel our own end is one in good order.
        ObjectDisposedException.ThrowIf(length == 0 && Volatile.Read(ref _isClosed), this);
        return length;
    }
}
