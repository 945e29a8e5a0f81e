using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;

namespace Flannel.Linux.Rtnetlink;

// Changes, pipelined: many messages to one system call, acknowledgements matched by sequence number.
public sealed partial class RtnetlinkSocket
{
    private const int ReceiveBuffer = 1 << 20;

    // What one acknowledgement takes of the receive buffer, bookkeeping included: 768 on 64-bit machines, and more with a long sentence. A batch must fit, since
    // the kernel answers it whole before we read.
    private const int AcknowledgementCost = 2048;
    private const int LargestBatch = 512;
    private const int LargestDatagram = 64 << 10;

    private readonly RtnetlinkRequest[] _single = new RtnetlinkRequest[1];
    private readonly NetlinkException?[] _singleResult = new NetlinkException?[1];

    /// <summary>Carries out one change.</summary>
    /// <exception cref="NetlinkException">The kernel refused it.</exception>
    public void Execute(RtnetlinkRequest request)
    {
        lock (_turn)
        {
            _single[0] = request;
            Execute(_single, _singleResult);
            if (_singleResult[0] is { } refusal)
            {
                throw refusal;
            }
        }
    }

    /// <summary>Carries out changes in their order. One that is refused does not hold up those behind it.</summary>
    /// <param name="requests">What to do.</param>
    /// <param name="results">At least as long; receives null for each request done and the refusal for each other.</param>
    /// <exception cref="ArgumentException">A request whose verb does not go with its target; those before it may have been done.</exception>
    /// <exception cref="LinuxException">The socket failed; any of the requests may have been done.</exception>
    public void Execute(IReadOnlyList<RtnetlinkRequest> requests, NetlinkException?[] results)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, requests.Count);
        lock (_turn)
        {
            for (var start = 0; start < requests.Count;)
            {
                start = ExecuteBatch(requests, results, start);
            }
        }
    }

    /// <summary>Carries out changes in their order, all of them in one system call where they fit. Those behind one that is refused are tried as well.</summary>
    /// <exception cref="NetlinkException">The first refusal.</exception>
    public void ExecuteAll(params IReadOnlyList<RtnetlinkRequest> requests)
    {
        var results = new NetlinkException?[requests.Count];
        Execute(requests, results);
        foreach (var refusal in results)
        {
            if (refusal is not null)
            {
                throw refusal;
            }
        }
    }

    /// <summary>Carries out as many as fit into one datagram and its answer; returns the first that did not.</summary>
    private int ExecuteBatch(IReadOnlyList<RtnetlinkRequest> requests, NetlinkException?[] results, int start)
    {
        var first = _sequence + 1;
        var end = start;
        for (_request.Clear(); end < requests.Count && end - start < _batch && _request.Length < LargestDatagram; end++)
        {
            requests[end].Write(_request, ++_sequence);
        }

        _netlink.Send(_request.Bytes);
        ReadResults(requests, results, start, end, first);
        return end;
    }

    // The kernel answers in the order of the requests, so whatever is passed over was not answered and will not be.
    private void ReadResults(IReadOnlyList<RtnetlinkRequest> requests, NetlinkException?[] results, int start, int end, uint first)
    {
        var next = start;
        while (next < end)
        {
            var received = _netlink.Receive(_answer);
            if (received == -Errnos.ENOBUFS)
            {
                continue;
            }

            if (received < 0)
            {
                break;
            }

            foreach (var message in new Messages(_answer.AsSpan(0, Math.Min(received, _answer.Length))))
            {
                var index = start + (long)unchecked(message.Sequence - first);
                if (message.Type == LinuxNetlink.NLMSG_ERROR && index >= next && index < end)
                {
                    FailUnanswered(requests, results, next, (int)index);
                    results[index] = Refusal(requests[(int)index], message);
                    next = (int)index + 1;
                }
            }
        }

        FailUnanswered(requests, results, next, end);
    }

    private NetlinkException? Refusal(RtnetlinkRequest request, NetlinkMessage message) =>
        message.ReadResult(out var text) is not 0 and var errno ? new NetlinkException(Describe(request), errno, text) : null;

    private void FailUnanswered(IReadOnlyList<RtnetlinkRequest> requests, NetlinkException?[] results, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            results[i] = new NetlinkException(Describe(requests[i]), Errnos.ENOBUFS, "no answer");
        }
    }

    private string Describe(RtnetlinkRequest request) => request.ToString(index => _names.GetValueOrDefault(index));
}
