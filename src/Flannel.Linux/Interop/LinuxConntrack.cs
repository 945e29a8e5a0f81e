namespace Flannel.Linux.Interop;

/// <summary>linux/netfilter/nfnetlink_conntrack.h.</summary>
internal static class LinuxConntrack
{
    public const int NFNL_SUBSYS_CTNETLINK = 1; // linux/netfilter/nfnetlink.h

    public const int IPCTNL_MSG_CT_GET = 1;
    public const int IPCTNL_MSG_CT_DELETE = 2;

    public const ushort CTA_TUPLE_ORIG = 1;
    public const ushort CTA_ID = 12;
    public const ushort CTA_ZONE = 18;
    public const ushort CTA_FILTER = 25;

    public const ushort CTA_FILTER_ORIG_FLAGS = 1;

    public const ushort CTA_TUPLE_PROTO = 2;

    public const ushort CTA_PROTO_NUM = 1;
    public const ushort CTA_PROTO_DST_PORT = 3;

    // Which members of the tuple a filter compares; the kernel has them in net/netfilter/nf_conntrack_netlink.c alone, in the order of enum ctattr_l4proto.
    public const uint FilterProtoNum = 1 << 3;
    public const uint FilterProtoDstPort = 1 << 5;
}
