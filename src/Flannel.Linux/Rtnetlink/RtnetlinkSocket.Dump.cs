using System.Diagnostics.CodeAnalysis;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;

namespace Flannel.Linux.Rtnetlink;

// Questions: one answer, or a dump of many.
public sealed partial class RtnetlinkSocket
{
    private const ushort Dump = LinuxNetlink.NLM_F_REQUEST | LinuxNetlink.NLM_F_DUMP;

    // So many that a host where hundreds of devices come and go does not get there.
    private const int DumpAttempts = 100;

    private delegate bool TryRead<T>(ReadOnlySpan<byte> payload, [MaybeNullWhen(false)] out T item);

    private delegate void Visit(ReadOnlySpan<byte> payload);

    // A dump that ran while its table changed (NLM_F_DUMP_INTR) may have missed or doubled entries: it is taken again.
    private List<T> List<T>(string operation, Action<uint> write, TryRead<T> tryRead)
    {
        for (var attempt = 0; attempt < DumpAttempts; attempt++)
        {
            var items = new List<T>();
            lock (_turn)
            {
                Begin(write);
                if (ReadDump(operation, items, tryRead))
                {
                    return items;
                }
            }
        }

        throw new NetlinkException(operation, Errnos.EINTR, $"the table changed during each of {DumpAttempts} dumps");
    }

    private void Ask(string operation, Action<uint> write, Visit visit)
    {
        lock (_turn)
        {
            Begin(write);
            foreach (var message in new Messages(ReceiveOwn(operation)))
            {
                if (message.Type != LinuxNetlink.NLMSG_ERROR)
                {
                    visit(message.Payload);
                }
                else if (message.ReadResult(out var text) is not 0 and var errno)
                {
                    throw new NetlinkException(operation, errno, text);
                }
            }
        }
    }

    private void Begin(Action<uint> write)
    {
        _request.Clear();
        write(++_sequence);
        _netlink.Send(_request.Bytes);
    }

    /// <summary>Reads to the end of the dump; false when it was interrupted.</summary>
    private bool ReadDump<T>(string operation, List<T> items, TryRead<T> tryRead)
    {
        var interrupted = false;
        var done = false;
        try
        {
            while (!done)
            {
                foreach (var message in new Messages(ReceiveOwn(operation)))
                {
                    interrupted |= message.Has(LinuxNetlink.NLM_F_DUMP_INTR);
                    done |= EndsDump(operation, message);
                    if (message.Type >= LinuxNetlink.NLMSG_MIN_TYPE && tryRead(message.Payload, out var item))
                    {
                        items.Add(item);
                    }
                }
            }
        }
        finally
        {
            // The kernel starts no other dump before this one is read.
            while (!done && _netlink.Receive(_answer) >= 0)
            {
            }
        }

        return !interrupted;
    }

    private static bool EndsDump(string operation, NetlinkMessage message)
    {
        if (message.Type is not (LinuxNetlink.NLMSG_DONE or LinuxNetlink.NLMSG_ERROR))
        {
            return false;
        }

        return message.ReadResult(out var text) is not 0 and var errno ? throw new NetlinkException(operation, errno, text) : true;
    }

    // The next datagram that answers the request on its way; what is left of an abandoned one is passed over. The kernel's answer is there when send returns.
    private ReadOnlySpan<byte> ReceiveOwn(string operation)
    {
        while (true)
        {
            var received = _netlink.Receive(_answer);
            if (received < 0)
            {
                throw new NetlinkException(operation, -received, "no answer");
            }

            if (received > _answer.Length)
            {
                throw new NetlinkException(operation, Errnos.ENOBUFS, $"an answer of {received} bytes");
            }

            var datagram = _answer.AsSpan(0, received);
            if (NetlinkMessage.ReadHeader<nlmsghdr>(datagram).nlmsg_seq == _sequence)
            {
                return datagram;
            }
        }
    }
}
