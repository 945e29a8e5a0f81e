using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flannel.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace Flannel.Linux.Netlink;

/// <summary>A non-blocking AF_NETLINK socket in the network namespace of the thread that opens it.</summary>
internal sealed class NetlinkSocket : IDisposable
{
    private NetlinkSocket(SafeFileHandle handle) => Handle = handle;

    /// <summary>Not the BCL's handle of sockets: the first of those starts a thread, which a program that only asks the kernel something can do without.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Bytes the kernel holds for us at most, its own bookkeeping included.</summary>
    public int ReceiveBuffer
    {
        get
        {
            var length = sizeof(int);
            Check(Libc.getsockopt(Handle, Libc.SOL_SOCKET, Libc.SO_RCVBUF, out var size, ref length), "getsockopt(SO_RCVBUF)");
            return size;
        }
    }

    /// <summary>Opens a socket for one protocol (NETLINK_*) that wants room for <paramref name="receiveBuffer"/> bytes and gets less without CAP_NET_ADMIN.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static NetlinkSocket Open(int protocol, int receiveBuffer)
    {
        var descriptor = Libc.socket(LinuxNetlink.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, protocol);
        if (descriptor < 0)
        {
            throw Libc.Failure($"socket(AF_NETLINK, {protocol})");
        }

        var socket = new NetlinkSocket(new SafeFileHandle(descriptor, ownsHandle: true));
        try
        {
            socket.Prepare(receiveBuffer);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Join(int group) => Set(LinuxNetlink.SOL_NETLINK, LinuxNetlink.NETLINK_ADD_MEMBERSHIP, group);

    public void Set(int level, int option, int value) => Check(TrySet(level, option, value), $"setsockopt({level}, {option})");

    /// <summary>Sends one datagram to the kernel. Requests of rtnetlink are carried out and answered before this returns.</summary>
    /// <exception cref="LinuxException">The datagram was not taken.</exception>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        NetlinkTrace.Sent(datagram);
        nint sent;
        do
        {
            sent = Libc.send(Handle, in MemoryMarshal.GetReference(datagram), datagram.Length, 0);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Errnos.EINTR);
        Check(sent, "netlink send");
    }

    /// <summary>
    /// Takes the next datagram of the kernel: its length, which is more than the buffer's when it did not fit, or a negative errno: -EAGAIN when there is none,
    /// -ENOBUFS when some were lost.
    /// </summary>
    public int Receive(Span<byte> buffer)
    {
        while (true)
        {
            var sender = default(sockaddr_nl);
            var length = Unsafe.SizeOf<sockaddr_nl>();
            var received = Libc.recvfrom(Handle, ref MemoryMarshal.GetReference(buffer), buffer.Length, Libc.MSG_TRUNC, ref sender, ref length);
            if (received >= 0 && sender.nl_pid == 0)
            {
                NetlinkTrace.Received(buffer[..Math.Min(buffer.Length, (int)received)]);
                return (int)received;
            }

            // What another process sent (it may, as root) is passed over.
            if (received < 0 && Marshal.GetLastPInvokeError() is var errno and not Errnos.EINTR)
            {
                return -errno;
            }
        }
    }

    public void Dispose() => Handle.Dispose();

    private void Prepare(int receiveBuffer)
    {
        if (TrySet(Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, receiveBuffer) < 0)
        {
            Set(Libc.SOL_SOCKET, Libc.SO_RCVBUF, receiveBuffer);
        }

        var address = new sockaddr_nl { nl_family = LinuxNetlink.AF_NETLINK };
        Check(Libc.bind(Handle, in address, Unsafe.SizeOf<sockaddr_nl>()), "bind(AF_NETLINK)");
    }

    private int TrySet(int level, int option, int value) => Libc.setsockopt(Handle, level, option, in value, sizeof(int));

    private static void Check(nint result, string operation)
    {
        if (result < 0)
        {
            throw Libc.Failure(operation);
        }
    }
}
