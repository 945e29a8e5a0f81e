namespace Flannel.Testing.Cni;

/// <summary>Folders of plugins, for <c>CNI_PATH</c>.</summary>
public static class CniPrograms
{
    private static readonly Lazy<string> LinkedFolder = new(() => LinkNative("flannel", "bridge", "host-local", "loopback", "portmap"));
    private static readonly Lazy<string> FlannelFolder = new(() => LinkNative("flannel"));

    /// <summary>The standard plugins as Debian's <c>containernetworking-plugins</c> has them.</summary>
    public static string Standard => "/usr/lib/cni";

    /// <summary>The native program under every name by which it is a plugin.</summary>
    /// <exception cref="FileNotFoundException">There is no such program; <c>./build</c> makes it.</exception>
    public static string Native => LinkedFolder.Value;

    /// <summary>The native program as <c>flannel</c>, then the standard plugins: a host as most are.</summary>
    public static string FlannelAndStandard => $"{FlannelFolder.Value}:{Standard}";

    private static string LinkNative(params IEnumerable<string> names)
    {
        var folder = Scratch.NewFolder("cni");
        foreach (var name in names)
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), Flanneld.Binary);
        }

        return folder;
    }
}
