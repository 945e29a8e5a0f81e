using System.Text;

namespace Flannel.Daemon.Ctl;

/// <summary>Options of dockerd made of the variables of a subnet file, byte for byte as <c>mk-docker-opts.sh</c> makes them (cli-and-env.md §10).</summary>
internal sealed record DockerOptions
{
    private const string Mark = "DOCKER_OPT_";

    /// <summary>One variable for each option.</summary>
    public required bool WithEach { get; init; }

    /// <summary>One variable with all of them.</summary>
    public required bool WithAll { get; init; }

    /// <summary>The name of that one.</summary>
    public required string Key { get; init; }

    public required bool WithMasquerade { get; init; }

    /// <param name="variables">Those of the caller and, before them, those of the file. Whatever has DOCKER_OPT_ in its name becomes an option too.</param>
    /// <exception cref="HostException">FLANNEL_IPMASQ is neither true nor false.</exception>
    public string ToText(IReadOnlyDictionary<string, string> variables)
    {
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            if (IsName(name) && name.Contains(Mark, StringComparison.Ordinal))
            {
                options[name] = value;
            }
        }

        AddOwn(options, variables);
        var lines = new StringBuilder();
        var all = new StringBuilder(variables.GetValueOrDefault(Key) is { Length: > 0 } before ? before + " " : "");
        foreach (var (name, value) in options)
        {
            lines.Append(WithEach ? $"{name}=\"{value}\"\n" : "");
            all.Append(' ').Append(value);
        }

        return $"{lines}{(WithAll ? $"{Key}=\"{all}\"\n" : "")}";
    }

    /// <summary>Whether a shell could have a variable of that name.</summary>
    public static bool IsName(string text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private void AddOwn(SortedDictionary<string, string> options, IReadOnlyDictionary<string, string> variables)
    {
        if (variables.GetValueOrDefault("FLANNEL_SUBNET") is { Length: > 0 } subnet)
        {
            options["DOCKER_OPT_BIP"] = $"--bip={subnet}";
        }

        if (variables.GetValueOrDefault("FLANNEL_MTU") is { Length: > 0 } mtu)
        {
            options["DOCKER_OPT_MTU"] = $"--mtu={mtu}";
        }

        // Of flannel and dockerd one masquerades.
        if (WithMasquerade && variables.GetValueOrDefault("FLANNEL_IPMASQ") is { Length: > 0 } masquerades)
        {
            options["DOCKER_OPT_IPMASQ"] = masquerades switch
            {
                "true" => "--ip-masq=false",
                "false" => "--ip-masq=true",
                _ => throw new HostException($"FLANNEL_IPMASQ is neither true nor false: {masquerades}"),
            };
        }
    }
}
