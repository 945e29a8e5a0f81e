using Flannel.Linux.Interop;

namespace Flannel.Linux.Netlink;

/// <summary>Requests to the packet filter, in the network namespace of the thread that opened the socket. Source of the format: linux/netfilter/nfnetlink.h.</summary>
internal sealed class NetfilterSocket : IDisposable
{
    // Room for the acknowledgements of some hundred requests.
    private const int ReceiveBuffer = 1 << 20;

    private readonly NetlinkSocket _netlink = NetlinkSocket.Open(LinuxNetlink.NETLINK_NETFILTER, ReceiveBuffer);
    private readonly byte[] _answer = new byte[64 << 10];
    private uint _sequence;

    public delegate void Visitor(NetlinkMessage message);

    /// <summary>What the next exchange sends.</summary>
    public MessageBuffer Request { get; } = new();

    /// <summary>Starts a message of a subsystem in <see cref="Request"/>.</summary>
    /// <param name="subsystem">NFNL_SUBSYS_*; 0 for what is the same for all.</param>
    /// <param name="message">The subsystem's number for it.</param>
    /// <param name="flags">NLM_F_* beside NLM_F_REQUEST.</param>
    /// <param name="family">AF_* or NFPROTO_*.</param>
    /// <param name="resource">Of a batch: its subsystem, in the byte order of the network.</param>
    public void Begin(int subsystem, int message, ushort flags, int family, ushort resource = 0) => Request.Begin(
        (ushort)(subsystem << 8 | message),
        (ushort)(flags | LinuxNetlink.NLM_F_REQUEST),
        ++_sequence,
        new nfgenmsg { nfgen_family = (byte)family, res_id = resource });

    /// <summary>Sends what stands in <see cref="Request"/>, which is empty then, and reads all that it is answered.</summary>
    /// <param name="visit">Called for each message that is no control message.</param>
    /// <returns>The first errno, 0 when nothing failed; -EINTR for a dump that ran while its table changed.</returns>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public int Exchange(Visitor? visit = null)
    {
        _netlink.Send(Request.Bytes);
        Request.Clear();
        var (errno, isInterrupted) = (0, false);
        int received;

        // The kernel has carried it all out when send returns, and goes on with a dump while it is read.
        while ((received = _netlink.Receive(_answer)) != -Errnos.EAGAIN)
        {
            if (received < 0 || received > _answer.Length)
            {
                throw new LinuxException("netlink receive", received < 0 ? -received : Errnos.ENOBUFS);
            }

            foreach (var message in new Messages(_answer.AsSpan(0, received)))
            {
                isInterrupted |= message.Has(LinuxNetlink.NLM_F_DUMP_INTR) && message.Type >= LinuxNetlink.NLMSG_MIN_TYPE;
                if (message.Type >= LinuxNetlink.NLMSG_MIN_TYPE)
                {
                    visit?.Invoke(message);
                }
                else if (errno == 0 && message.Type is LinuxNetlink.NLMSG_ERROR or LinuxNetlink.NLMSG_DONE)
                {
                    errno = message.ReadResult(out _);
                }
            }
        }

        return errno == 0 && isInterrupted ? -Errnos.EINTR : errno;
    }

    public void Dispose() => _netlink.Dispose();
}
