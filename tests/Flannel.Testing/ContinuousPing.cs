using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Flannel.Testing;

/// <summary>
/// A stream of small echoes while something happens to the network, which accounts for each of them. Kernel ping sockets: the kernel fills in identifier and checksum and
/// delivers only our replies.
/// </summary>
public sealed class ContinuousPing : IAsyncDisposable
{
    private const byte EchoRequest = 8;
    private const byte EchoRequestV6 = 128;

    // struct icmphdr is type, code, checksum, id, sequence; our 32-bit sequence follows, since the header's wraps.
    private const int HeaderLength = 8;

    private static readonly TimeSpan LastReplies = TimeSpan.FromSeconds(2);

    private readonly Socket _socket;
    private readonly IPEndPoint _target;
    private readonly TimeSpan _interval;
    private readonly ConcurrentDictionary<int, MissingReply> _outstanding = new();
    private readonly CancellationTokenSource _sending = new();
    private readonly CancellationTokenSource _receiving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _sender;
    private readonly Task _receiver;
    private int _sent;

    private ContinuousPing(Node from, IPAddress to, TimeSpan interval)
    {
        var isV6 = to.AddressFamily == AddressFamily.InterNetworkV6;
        _socket = from.Netns.Run(() => new Socket(to.AddressFamily, SocketType.Dgram, isV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp));
        _socket.Bind(new IPEndPoint(isV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        _target = new IPEndPoint(to, 0);
        _interval = interval;
        _receiver = ReceiveAsync();
        _sender = SendAsync(isV6 ? EchoRequestV6 : EchoRequest);
    }

    /// <summary>How many echoes have left so far, those that the system refused included.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>How many have been answered so far.</summary>
    public int Answered => Sent - _outstanding.Count;

    /// <summary>Starts to ping, every ten milliseconds unless told.</summary>
    public static ContinuousPing Start(Node from, IPAddress to, TimeSpan? interval = null) => new(from, to, interval ?? TimeSpan.FromMilliseconds(10));

    /// <summary>Waits for some more replies, so that what follows happens in the midst of traffic.</summary>
    public Task FlowAsync(int replies = 10)
    {
        var until = Answered + replies;
        return Eventually.BecomesAsync(() => Answered, answered => answered >= until, Eventually.DefaultDeadline + (2 * replies * _interval));
    }

    /// <summary>Stops sending, waits for the replies still under way, and names each echo that got none.</summary>
    public async Task<IReadOnlyList<MissingReply>> StopAsync()
    {
        await _sending.CancelAsync();
        await _sender;
        try
        {
            await Eventually.IsTrueAsync(() => _outstanding.Values.All(echo => echo.Refusal is not null), LastReplies);
        }
        catch (TimeoutException)
        {
            // What is still outstanding is the result.
        }

        await _receiving.CancelAsync();
        await _receiver;
        return [.. _outstanding.Values.OrderBy(echo => echo.Sequence)];
    }

    public async ValueTask DisposeAsync()
    {
        await _sending.CancelAsync();
        await _receiving.CancelAsync();
        await Task.WhenAll(_sender, _receiver);
        _socket.Dispose();
        _sending.Dispose();
        _receiving.Dispose();
    }

    private async Task SendAsync(byte type)
    {
        var packet = new byte[HeaderLength + sizeof(int)];
        packet[0] = type;
        using var timer = new PeriodicTimer(_interval);
        while (!_sending.IsCancellationRequested)
        {
            var echo = new MissingReply(_sent, Stopwatch.GetElapsedTime(_started), null);
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(HeaderLength), echo.Sequence);
            _outstanding[echo.Sequence] = echo;
            try
            {
                _socket.SendTo(packet, _target);
            }
            catch (SocketException exception)
            {
                _outstanding[echo.Sequence] = echo with { Refusal = exception.Message };
            }

            Interlocked.Increment(ref _sent);
            await WaitAsync(timer);
        }
    }

    private async Task WaitAsync(PeriodicTimer timer)
    {
        try
        {
            await timer.WaitForNextTickAsync(_sending.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop's condition sees it.
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1500];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(_target.Address, 0), _receiving.Token);
                if (received.ReceivedBytes == HeaderLength + sizeof(int))
                {
                    _outstanding.TryRemove(BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(HeaderLength)), out _);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run.
        }
    }
}
