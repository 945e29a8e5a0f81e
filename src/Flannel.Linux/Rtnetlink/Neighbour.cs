using System.Net;

namespace Flannel.Linux.Rtnetlink;

/// <summary>An ARP or ND entry, as in <c>ip neigh show</c>. <see cref="Mac"/> is null while unresolved.</summary>
public readonly record struct Neighbour(int LinkIndex, IPAddress Address, MacAddress? Mac, NeighbourState State = NeighbourState.NUD_PERMANENT);

/// <summary>A forwarding entry of a vxlan device, as in <c>bridge fdb show</c>: frames to <see cref="Mac"/> go to <see cref="Remote"/> (NDA_DST).
/// What <c>bridge fdb add</c> makes is NUD_PERMANENT | NUD_NOARP; for a vxlan device the two mean the same.</summary>
public readonly record struct FdbEntry(int LinkIndex, MacAddress Mac, IPAddress? Remote, NeighbourState State = NeighbourState.NUD_PERMANENT);

/// <summary>ndm_state (linux/neighbour.h).</summary>
[Flags]
public enum NeighbourState : ushort
{
    NUD_NONE = 0,
    NUD_INCOMPLETE = 0x01,
    NUD_REACHABLE = 0x02,
    NUD_STALE = 0x04,
    NUD_DELAY = 0x08,
    NUD_PROBE = 0x10,
    NUD_FAILED = 0x20,
    NUD_NOARP = 0x40,
    NUD_PERMANENT = 0x80,
}
