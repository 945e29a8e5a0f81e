namespace Flannel.Linux.Rtnetlink;

/// <summary>Something changed in the kernel, whoever did it.</summary>
/// <param name="Deleted">RTM_DEL*: the target is gone.</param>
/// <param name="Replaced">NLM_F_REPLACE: the target took the place of another with the same key.</param>
/// <param name="Target">A <see cref="Link"/>, <see cref="InterfaceAddress"/>, <see cref="Route"/>, <see cref="Neighbour"/> or <see cref="FdbEntry"/>.</param>
public readonly record struct RtnetlinkEvent(bool Deleted, bool Replaced, object Target);
