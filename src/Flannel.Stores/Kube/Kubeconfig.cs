using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Flannel.Stores.Kube;

/// <summary>A kubeconfig file: lists of named clusters, users and contexts, and the name of the context in use (client-go's clientcmd api v1).</summary>
internal sealed class Kubeconfig
{
    private readonly string _file;
    private readonly YamlMappingNode _root;

    private Kubeconfig(string file, YamlMappingNode root) => (_file, _root) = (file, root);

    /// <exception cref="KubeException">There is no current context.</exception>
    public string CurrentContext => (_root.Children.TryGetValue("current-context", out var name) ? (name as YamlScalarNode)?.Value : null) is { Length: > 0 } context
        ? context
        : throw Refused("has no current-context; set it with kubectl config use-context");

    /// <exception cref="KubeException">The file cannot be read, or is not YAML with a mapping at its top.</exception>
    public static Kubeconfig Read(string file)
    {
        try
        {
            using var text = File.OpenText(file);
            var yaml = new YamlStream();
            yaml.Load(text);
            return yaml.Documents is [{ RootNode: YamlMappingNode root }, ..]
                ? new Kubeconfig(Path.GetFullPath(file), root)
                : throw new KubeException($"kubeconfig-file {file}: no kubeconfig", isTransient: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or YamlException)
        {
            // A parser's message may quote the text around the fault, and that may be a token.
            var reason = exception is YamlException fault ? $"not YAML near line {fault.Start.Line}" : exception.Message;
            throw new KubeException($"kubeconfig-file {file}: {reason}", isTransient: false, exception is YamlException ? null : exception);
        }
    }

    /// <summary>One named entry.</summary>
    /// <param name="list">The key of the list, such as <c>users</c>.</param>
    /// <param name="kind">The key of the content, such as <c>user</c>.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="KubeException">There is none of this name.</exception>
    public KubeconfigEntry Entry(string list, string kind, string name)
    {
        var entries = _root.Children.TryGetValue(list, out var node) && node is YamlSequenceNode sequence ? sequence.OfType<YamlMappingNode>() : [];
        var entry = entries.FirstOrDefault(entry => entry.Children.TryGetValue("name", out var its) && its is YamlScalarNode { Value: { } value } && value == name)
            ?? throw Refused($"has no {kind} \"{name}\"");
        return new KubeconfigEntry(_file, kind, name, entry.Children.TryGetValue(kind, out var content) && content is YamlMappingNode mapping ? mapping : []);
    }

    private KubeException Refused(string reason) => new($"kubeconfig-file {_file} {reason}", isTransient: false);
}
