using System.Net.Sockets;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxConntrack;

namespace Flannel.Linux.Firewall;

/// <summary>
/// Deletes connections that the kernel tracks, in the network namespace of the thread that opened it. Source of the format: linux/netfilter/nfnetlink_conntrack.h.
/// </summary>
public sealed class ConntrackSocket : IDisposable
{
    private const int Attempts = 100;

    // So many requests at a time that their acknowledgements fit the socket's buffer.
    private const int Batch = 200;

    private readonly NetfilterSocket _socket = new();

    /// <summary>
    /// Deletes the connections whose first packet went to the port, whatever they were translated to: the next packet is judged by the rules of now.
    /// </summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="protocol">As in IPPROTO_UDP.</param>
    /// <param name="port">Destination port before translation.</param>
    /// <returns>How many there were.</returns>
    /// <exception cref="LinuxException">The kernel tracks no connections, or refuses.</exception>
    public int Delete(AddressFamily family, ProtocolType protocol, ushort port)
    {
        var found = List(family, protocol, port);
        for (var first = 0; first < found.Count; first += Batch)
        {
            foreach (var connection in found[first..Math.Min(found.Count, first + Batch)])
            {
                _socket.Begin(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE, LinuxNetlink.NLM_F_ACK, FamilyNumber(family));
                connection.Write(_socket.Request);
                _socket.Request.End();
            }

            if (_socket.Exchange() is not (0 or Errnos.ENOENT) and var errno)
            {
                throw new LinuxException($"conntrack -D -p {protocol} --orig-port-dst {port}", errno);
            }
        }

        return found.Count;
    }

    public void Dispose() => _socket.Dispose();

    // AF_INET and AF_INET6, whose number the BCL has from another system.
    private static int FamilyNumber(AddressFamily family) => family == AddressFamily.InterNetwork ? Libc.AF_INET : LinuxRtnetlink.AF_INET6;

    // A table that changes while it is read is listed anew: every connection of a busy port has to be found.
    private List<Connection> List(AddressFamily family, ProtocolType protocol, ushort port)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var found = new List<Connection>();
            _socket.Begin(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, LinuxNetlink.NLM_F_DUMP, FamilyNumber(family));
            WriteFilter(_socket.Request, protocol, port);
            _socket.Request.End();
            var errno = _socket.Exchange(message =>
            {
                if (Connection.TryRead(message.Payload, protocol, port, out var connection))
                {
                    found.Add(connection);
                }
            });
            if (errno != -Errnos.EINTR)
            {
                return errno == 0 ? found : throw new LinuxException($"conntrack -L -p {protocol} --orig-port-dst {port}", errno);
            }
        }

        throw new LinuxException("conntrack -L", Errnos.EINTR, "the table changed all the time");
    }

    // Spares copying the whole table. Kernels before 5.8 do not know it and send everything.
    private static void WriteFilter(MessageBuffer request, ProtocolType protocol, ushort port)
    {
        var tuple = request.BeginNested(CTA_TUPLE_ORIG);
        var layer4 = request.BeginNested(CTA_TUPLE_PROTO);
        request.Put(CTA_PROTO_NUM, [(byte)protocol]);
        request.PutBigEndian(CTA_PROTO_DST_PORT, port);
        request.EndNested(layer4);
        request.EndNested(tuple);
        var filter = request.BeginNested(CTA_FILTER);
        request.Put(CTA_FILTER_ORIG_FLAGS, FilterProtoNum | FilterProtoDstPort);
        request.EndNested(filter);
    }

    /// <summary>What names one connection to the kernel: attributes as they were listed.</summary>
    private sealed record Connection(byte[] Tuple, byte[]? Zone, byte[]? Id)
    {
        public static bool TryRead(ReadOnlySpan<byte> payload, ProtocolType protocol, ushort port, out Connection connection)
        {
            byte[]? tuple = null, zone = null, id = null;
            foreach (var attribute in NetlinkMessage.ReadAttributes<nfgenmsg>(payload))
            {
                switch (attribute.Type)
                {
                    case CTA_TUPLE_ORIG: tuple = Goes(attribute, protocol, port) ? attribute.Value.ToArray() : null; break;
                    case CTA_ZONE: zone = attribute.Value.ToArray(); break;
                    case CTA_ID: id = attribute.Value.ToArray(); break;
                    default: break;
                }
            }

            connection = new Connection(tuple ?? [], zone, id);
            return tuple is not null;
        }

        public void Write(MessageBuffer request)
        {
            request.Put(CTA_TUPLE_ORIG | LinuxNetlink.NLA_F_NESTED, Tuple);
            if (Zone is not null)
            {
                request.Put(CTA_ZONE, Zone);
            }

            if (Id is not null)
            {
                request.Put(CTA_ID, Id);
            }
        }

        private static bool Goes(NetlinkAttribute tuple, ProtocolType protocol, ushort port)
        {
            var (isProtocol, isPort) = (false, false);
            foreach (var part in tuple.Nested)
            {
                if (part.Type != CTA_TUPLE_PROTO)
                {
                    continue;
                }

                foreach (var layer4 in part.Nested)
                {
                    isProtocol |= layer4.Type == CTA_PROTO_NUM && layer4.Value is [var number, ..] && number == (byte)protocol;
                    isPort |= layer4.Type == CTA_PROTO_DST_PORT && layer4.UInt16BigEndian == port;
                }
            }

            return isProtocol && isPort;
        }
    }
}
