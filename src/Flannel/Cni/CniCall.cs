namespace Flannel.Cni;

/// <summary>One call of a runtime: its environment and its configuration. A delegate gets the same call with another configuration.</summary>
public sealed record CniCall
{
    public required CniCommand Command { get; init; }

    /// <summary><c>CNI_CONTAINERID</c>; empty for GC and STATUS, which are about no container.</summary>
    public string ContainerId { get; init; } = "";

    /// <summary><c>CNI_NETNS</c>: a file such as <c>/run/netns/blue</c>. It may be empty, or gone, on DEL.</summary>
    public string Netns { get; init; } = "";

    /// <summary><c>CNI_IFNAME</c>: the name of the interface inside the container.</summary>
    public string IfName { get; init; } = "";

    /// <summary><c>CNI_ARGS</c>, as it came: <c>key=value</c> pairs parted by semicolons.</summary>
    public string Args { get; init; } = "";

    /// <summary><c>CNI_PATH</c>, as it came: directories parted by colons.</summary>
    public string Path { get; init; } = "";

    public required PluginConfig Config { get; init; }

    /// <summary>Lines for whoever reads the runtime's log: standard error.</summary>
    public TextWriter Diagnostics { get; init; } = TextWriter.Null;
}
