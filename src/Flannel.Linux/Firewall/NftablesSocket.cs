using System.Net;
using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxNfTables;

namespace Flannel.Linux.Firewall;

/// <summary>
/// Looks at nftables and deletes single rules without the program nft, in the network namespace of the thread that opened it. Source of the format:
/// linux/netfilter/nf_tables.h.
/// </summary>
public sealed class NftablesSocket : IDisposable
{
    private const int Attempts = 100;

    // libnftnl: enum nftnl_udata_rule_types, and one byte each for type and length.
    private const byte CommentTag = 0;

    // Null where the kernel has nothing of the kind: then there are no tables.
    private readonly NetfilterSocket? _socket = OpenIfKnown();

    /// <summary>Whether there is such a table; false as well where the kernel has no nftables.</summary>
    public bool HasTable(NftFamily family, string table)
    {
        var isFound = false;
        if (_socket is null)
        {
            return false;
        }

        _socket.Begin(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE, 0, (int)family);
        _socket.Request.Put(NFTA_TABLE_NAME, table);
        _socket.Request.End();
        _ = _socket.Exchange(_ => isFound = true);
        return isFound;
    }

    /// <summary>The rules of one chain in their order; none where there is no such chain.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public IReadOnlyList<NftRuleHandle> ListRules(NftFamily family, string table, string chain)
    {
        if (_socket is null)
        {
            return [];
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var rules = new List<NftRuleHandle>();
            _socket.Begin(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETRULE, LinuxNetlink.NLM_F_DUMP, (int)family);
            _socket.Request.Put(NFTA_RULE_TABLE, table);
            _socket.Request.Put(NFTA_RULE_CHAIN, chain);
            _socket.Request.End();
            switch (_socket.Exchange(message => AddRule(message.Payload, table, chain, rules)))
            {
                case 0: return rules;
                case Errnos.ENOENT or Errnos.EINVAL or Errnos.EOPNOTSUPP: return [];
                case -Errnos.EINTR: continue;
                case var errno: throw new LinuxException($"nft list chain {table} {chain}", errno);
            }
        }

        throw new LinuxException($"nft list chain {table} {chain}", Errnos.EINTR, "the rules changed all the time");
    }

    /// <summary>
    /// Deletes the rules of some chains of a table that the predicate chooses, all or none in one transaction, and does it again when somebody else deleted one meanwhile.
    /// </summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public int DeleteRules(NftFamily family, string table, IReadOnlyList<string> chains, Predicate<NftRuleHandle> which)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            List<(string Chain, ulong Handle)> chosen = [];
            foreach (var chain in chains)
            {
                foreach (var rule in ListRules(family, table, chain))
                {
                    if (which(rule))
                    {
                        chosen.Add((chain, rule.Handle));
                    }
                }
            }

            switch (chosen.Count == 0 ? 0 : Delete(_socket!, family, table, chosen))
            {
                case 0: return chosen.Count;
                case Errnos.ENOENT: continue;
                case var errno: throw new LinuxException($"nft delete rule {table} {chosen[0].Chain} handle {chosen[0].Handle}", errno);
            }
        }

        throw new LinuxException($"nft delete rule {table}", Errnos.EINTR, "the rules changed all the time");
    }

    public void Dispose() => _socket?.Dispose();

    /// <summary>The comment among the data that programs keep with a rule.</summary>
    internal static string CommentOf(ReadOnlySpan<byte> userData)
    {
        while (userData.Length >= 2 && userData.Length - 2 >= userData[1])
        {
            var value = userData.Slice(2, userData[1]);
            if (userData[0] == CommentTag)
            {
                return new NetlinkAttribute(CommentTag, value).Text;
            }

            userData = userData[(2 + value.Length)..];
        }

        return "";
    }

    private static NetfilterSocket? OpenIfKnown()
    {
        try
        {
            return new NetfilterSocket();
        }
        catch (LinuxException exception) when (exception.Errno == Errnos.EPROTONOSUPPORT)
        {
            return null;
        }
    }

    private static void AddRule(ReadOnlySpan<byte> payload, string table, string chain, List<NftRuleHandle> rules)
    {
        var (handle, comment, isOurs) = (0ul, "", true);
        foreach (var attribute in NetlinkMessage.ReadAttributes<nfgenmsg>(payload))
        {
            switch (attribute.Type)
            {
                case NFTA_RULE_TABLE: isOurs &= attribute.Text == table; break;
                case NFTA_RULE_CHAIN: isOurs &= attribute.Text == chain; break;
                case NFTA_RULE_HANDLE: handle = attribute.UInt64BigEndian; break;
                case NFTA_RULE_USERDATA: comment = CommentOf(attribute.Value); break;
                default: break;
            }
        }

        if (isOurs)
        {
            rules.Add(new NftRuleHandle(handle, comment));
        }
    }

    private static int Delete(NetfilterSocket socket, NftFamily family, string table, List<(string Chain, ulong Handle)> rules)
    {
        var batch = unchecked((ushort)IPAddress.HostToNetworkOrder((short)NFNL_SUBSYS_NFTABLES));
        socket.Begin(0, NFNL_MSG_BATCH_BEGIN, 0, 0, batch);
        socket.Request.End();
        foreach (var (chain, handle) in rules)
        {
            socket.Begin(NFNL_SUBSYS_NFTABLES, NFT_MSG_DELRULE, LinuxNetlink.NLM_F_ACK, (int)family);
            socket.Request.Put(NFTA_RULE_TABLE, table);
            socket.Request.Put(NFTA_RULE_CHAIN, chain);
            socket.Request.PutBigEndian(NFTA_RULE_HANDLE, handle);
            socket.Request.End();
        }

        socket.Begin(0, NFNL_MSG_BATCH_END, 0, 0, batch);
        socket.Request.End();
        return socket.Exchange();
    }
}
