namespace Flannel.Cni;

/// <summary>One container's interface on one network, as GC names those that still live.</summary>
public sealed record CniAttachment(string ContainerId, string IfName);
