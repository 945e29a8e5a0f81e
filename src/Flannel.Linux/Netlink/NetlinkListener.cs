using System.Net.Sockets;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>A netlink socket that only listens: to some groups of one protocol.</summary>
internal sealed class NetlinkListener : IDisposable
{
    /// <summary>Bytes to ask for: notifications are queued faster than anyone reads when thousands of objects change at once.</summary>
    public const int LargeBuffer = 8 << 20;

    /// <summary>Bytes for a reader who only wants to know that something changed.</summary>
    public const int SmallBuffer = 256 << 10;

    private readonly NetlinkSocket _netlink;
    private readonly byte[] _datagram = new byte[64 << 10];
    private readonly byte[] _peeked = new byte[1];
    private Socket? _waiting;
    private bool _lost;

    public NetlinkListener(int protocol, int receiveBuffer, params ReadOnlySpan<int> groups)
    {
        _netlink = NetlinkSocket.Open(protocol, receiveBuffer);
        try
        {
            foreach (var group in groups)
            {
                _netlink.Join(group);
            }
        }
        catch
        {
            _netlink.Dispose();
            throw;
        }
    }

    /// <summary>What is done with each notification; control messages are kept back.</summary>
    public delegate void Visitor(NetlinkMessage message);

    /// <summary>Waits, without using the processor, until <see cref="Drain"/> has something to read or to report. Consumes nothing.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_lost)
        {
            return;
        }

        try
        {
            _waiting ??= new Socket(new SafeSocketHandle(_netlink.Handle.DangerousGetHandle(), ownsHandle: false));
            await _waiting.ReceiveAsync(_peeked, SocketFlags.Peek, cancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.NoBufferSpaceAvailable)
        {
            // The kernel says ENOBUFS once, to whoever reads first.
            _lost = true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.MessageSize)
        {
            // The datagram is longer than what was peeked at: there is one.
        }
    }

    /// <summary>The same for a caller without a thread pool, which is the waiting thread itself: until there is something, or the limit is over.</summary>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public void Wait(TimeSpan limit)
    {
        var descriptor = new pollfd { fd = (int)_netlink.Handle.DangerousGetHandle(), events = Libc.POLLIN };
        var milliseconds = (int)Math.Ceiling(limit.TotalMilliseconds);
        if (!_lost && Libc.poll(ref descriptor, 1, milliseconds) < 0 && Marshal.GetLastPInvokeError() is not Errnos.EINTR)
        {
            throw Libc.Failure("poll");
        }
    }

    /// <summary>Reads all that is queued. False when the kernel dropped something since the last call.</summary>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public bool Drain(Visitor visit)
    {
        var complete = !_lost;
        _lost = false;
        int received;
        while ((received = _netlink.Receive(_datagram)) != -Errnos.EAGAIN)
        {
            if (received == -Errnos.ENOBUFS || received > _datagram.Length)
            {
                complete = false;
                continue;
            }

            if (received < 0)
            {
                throw new LinuxException("netlink receive", -received);
            }

            foreach (var message in new Messages(_datagram.AsSpan(0, received)))
            {
                if (message.Type >= LinuxNetlink.NLMSG_MIN_TYPE)
                {
                    visit(message);
                }
            }
        }

        return complete;
    }

    public void Dispose()
    {
        _waiting?.Dispose();
        _netlink.Dispose();
    }
}
