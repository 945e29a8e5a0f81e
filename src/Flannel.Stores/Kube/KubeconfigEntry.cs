using System.Text;
using YamlDotNet.RepresentationModel;

namespace Flannel.Stores.Kube;

/// <summary>One cluster, user or context of a kubeconfig file. An empty value is an absent one, as with client-go.</summary>
internal sealed class KubeconfigEntry(string file, string kind, string name, YamlMappingNode content)
{
    public bool Has(string key) => content.Children.TryGetValue(key, out var value) && value is not YamlScalarNode { Value: null or "" or "null" or "~" };

    /// <exception cref="KubeException">The value is no text.</exception>
    public string? Text(string key) => !Has(key) ? null : content.Children[key] is YamlScalarNode { Value: { } value } ? value : throw Refused($"has a {key} that is no text");

    /// <exception cref="KubeException">The value is neither true nor false.</exception>
    public bool Flag(string key) => Text(key) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Refused($"has a {key} that is neither true nor false"),
    };

    /// <summary>A file's path; a relative one starts at the folder of the kubeconfig file.</summary>
    public string? Path(string key) => Text(key) is { } path ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, path) : null;

    /// <summary>A PEM text in <c>key-data</c>, in base64, or else in the file that <c>key</c> names.</summary>
    /// <exception cref="KubeException">The data is not base64.</exception>
    public PemSource? Pem(string key)
    {
        if (Text($"{key}-data") is not { } data)
        {
            return Path(key) is { } path ? new PemSource($"{this}: {key}", path) : null;
        }

        try
        {
            return new PemSource($"{this}: {key}-data", null, Encoding.UTF8.GetString(Convert.FromBase64String(data)));
        }
        catch (FormatException)
        {
            throw Refused($"has {key}-data that is not base64");
        }
    }

    public KubeException Refused(string reason) => new($"{this} {reason}", isTransient: false);

    public override string ToString() => $"kubeconfig-file {file}: {kind} \"{name}\"";
}
