using System.Runtime.InteropServices;

namespace Flannel.Linux.Interop;

/// <summary>linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h.</summary>
internal static class LinuxNfTables
{
    public const int NFNLGRP_NFTABLES = 7;
    public const int NFNL_SUBSYS_NFTABLES = 10;

    public const int NFNL_MSG_BATCH_BEGIN = 16;
    public const int NFNL_MSG_BATCH_END = 17;

    public const int NFT_MSG_NEWTABLE = 0;
    public const int NFT_MSG_GETTABLE = 1;
    public const int NFT_MSG_DELTABLE = 2;
    public const int NFT_MSG_NEWCHAIN = 3;
    public const int NFT_MSG_DELCHAIN = 5;
    public const int NFT_MSG_NEWRULE = 6;
    public const int NFT_MSG_GETRULE = 7;
    public const int NFT_MSG_DELRULE = 8;

    public const ushort NFTA_TABLE_NAME = 1;
    public const ushort NFTA_CHAIN_TABLE = 1;
    public const ushort NFTA_CHAIN_NAME = 3;
    public const ushort NFTA_RULE_TABLE = 1;
    public const ushort NFTA_RULE_CHAIN = 2;
    public const ushort NFTA_RULE_HANDLE = 3;
    public const ushort NFTA_RULE_USERDATA = 7;
}

// struct nfgenmsg { __u8 nfgen_family, version; __be16 res_id; };
[StructLayout(LayoutKind.Sequential)]
internal struct nfgenmsg
{
    public byte nfgen_family;
    public byte version;
    public ushort res_id;
}
