namespace Flannel.Stores.Kube;

public enum KubeNodeEventType
{
    /// <summary>A node of a list; the list is whole once its bookmark comes.</summary>
    Listed,

    /// <summary>A node was made.</summary>
    Added,

    /// <summary>Something of a node has changed, often nothing flannel reads.</summary>
    Modified,

    /// <summary>A node is gone; this is what it was.</summary>
    Deleted,

    /// <summary>No node: all up to this resource version has been told.</summary>
    Bookmark,
}
