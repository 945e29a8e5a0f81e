namespace Flannel.Stores.Kube;

/// <summary>What flannel reads of a Node object.</summary>
/// <param name="Name">Its name; empty in a bookmark.</param>
/// <param name="Uid">Another one under the same name is another node.</param>
/// <param name="ResourceVersion">The version of the object; in a bookmark, the one to watch from.</param>
/// <param name="Annotations">Those that passed the client's <see cref="KubeAnnotationFilter"/>.</param>
public sealed record KubeNode(string Name, string Uid, string ResourceVersion, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>Of a node that has none to keep.</summary>
    internal static readonly IReadOnlyDictionary<string, string> NoAnnotations = new Dictionary<string, string>();

    /// <summary>When it was registered, to the second; the first moment of all time in a bookmark.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Whether metadata says that the cluster has assigned pod networks, though not which: from <c>metadata.managedFields</c>, where a server may keep less than happened, so
    /// that false says nothing. False in a whole node too.
    /// </summary>
    public bool SaysItHasPodCidr { get; init; }

    /// <summary><c>spec.podCIDR</c>, as it stands; empty while the cluster has assigned none, null when the server told the node's metadata only.</summary>
    public string? PodCidr { get; init; }

    /// <summary><c>spec.podCIDRs</c>, as it stands; empty as well when the server told the node's metadata only.</summary>
    public IReadOnlyList<string> PodCidrs { get; init; } = [];
}
