namespace Flannel.Leases.Kube;

/// <summary>The <c>metadata.uid</c> of a node, by which another node of the same name is told apart. Kept as the UUID that it is, a fifth of its text.</summary>
internal readonly struct NodeUid
{
    private readonly Guid _uuid;

    /// <summary>The text where it is no UUID, which nobody promises; null where it is.</summary>
    private readonly string? _other;

    public NodeUid(string text) => _other = Guid.TryParseExact(text, "D", out _uuid) ? null : text;

    public bool Is(string text) => _other is null ? Guid.TryParseExact(text, "D", out var uuid) && uuid == _uuid : _other == text;
}
