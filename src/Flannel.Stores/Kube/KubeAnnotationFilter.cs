using System.Text;

namespace Flannel.Stores.Kube;

/// <summary>Which annotations of a node are kept: those whose name starts with a prefix. All others are passed over as bytes.</summary>
public sealed class KubeAnnotationFilter(string prefix)
{
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(prefix);

    /// <summary>Keeps every annotation.</summary>
    public static KubeAnnotationFilter Everything { get; } = new("");

    /// <param name="name">The name in UTF-8, without escapes.</param>
    public bool Passes(ReadOnlySpan<byte> name) => name.StartsWith(_prefix);
}
