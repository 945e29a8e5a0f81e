using Flannel.Linux.Interop;
using Flannel.Linux.Netlink;
using static Flannel.Linux.Interop.LinuxNfTables;

namespace Flannel.Linux.Firewall;

/// <summary>
/// What changes among nftables tables, chains and rules in the network namespace of the thread that opened it, from that moment on. One reader at a time.
/// Source of the format: linux/netfilter/nf_tables.h.
/// </summary>
public sealed class NftablesNotifications : IDisposable
{
    private readonly NetlinkListener _listener = new(LinuxNetlink.NETLINK_NETFILTER, NetlinkListener.LargeBuffer, NFNLGRP_NFTABLES);

    /// <summary>Waits, without using the processor, until there is something to <see cref="Drain"/>. Consumes nothing.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => _listener.WaitAsync(cancellationToken);

    /// <summary>Reads all that is queued, without waiting.</summary>
    /// <returns>False when the kernel dropped some (ENOBUFS): the rule set must be read anew.</returns>
    /// <exception cref="LinuxException">The socket failed.</exception>
    public bool Drain(Action<NftEvent> onEvent) => _listener.Drain(message =>
    {
        if (TryRead(message.Type, message.Payload, out var change))
        {
            onEvent(change);
        }
    });

    public void Dispose() => _listener.Dispose();

    /// <summary>Reads a notification; false when it is not about a table, chain or rule.</summary>
    /// <exception cref="FormatException">The bytes are no such message.</exception>
    internal static bool TryRead(ushort type, ReadOnlySpan<byte> payload, out NftEvent change)
    {
        change = default;
        NftObject? kind = type >> 8 != NFNL_SUBSYS_NFTABLES ? null : (type & 0xff) switch
        {
            NFT_MSG_NEWTABLE or NFT_MSG_DELTABLE => NftObject.Table,
            NFT_MSG_NEWCHAIN or NFT_MSG_DELCHAIN => NftObject.Chain,
            NFT_MSG_NEWRULE or NFT_MSG_DELRULE => NftObject.Rule,
            _ => null,
        };
        if (kind is null)
        {
            return false;
        }

        var deleted = (type & 0xff) is NFT_MSG_DELTABLE or NFT_MSG_DELCHAIN or NFT_MSG_DELRULE;
        change = Read(kind.Value, deleted, payload);
        return true;
    }

    private static NftEvent Read(NftObject kind, bool deleted, ReadOnlySpan<byte> payload)
    {
        var header = NetlinkMessage.ReadHeader<nfgenmsg>(payload);
        var (table, chain) = ("", (string?)null);
        foreach (var attribute in NetlinkMessage.ReadAttributes<nfgenmsg>(payload))
        {
            switch (kind, attribute.Type)
            {
                case (NftObject.Table, NFTA_TABLE_NAME):
                case (NftObject.Chain, NFTA_CHAIN_TABLE):
                case (NftObject.Rule, NFTA_RULE_TABLE): table = attribute.Text; break;
                case (NftObject.Chain, NFTA_CHAIN_NAME):
                case (NftObject.Rule, NFTA_RULE_CHAIN): chain = attribute.Text; break;
                default: break;
            }
        }

        return new NftEvent(deleted, kind, header.nfgen_family, table, chain);
    }
}
