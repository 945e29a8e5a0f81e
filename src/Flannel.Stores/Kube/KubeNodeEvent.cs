namespace Flannel.Stores.Kube;

/// <summary>One thing that a list or a watch of nodes tells.</summary>
public readonly record struct KubeNodeEvent(KubeNodeEventType Type, KubeNode Node);
