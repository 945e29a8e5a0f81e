using Flannel.Cni.Bridging;
using Flannel.Cni.HostLocal;
using Flannel.Cni.PortMapping;

namespace Flannel.Cni;

/// <summary>Who does the work for a plugin that hands it on: a plugin of this program, or an executable on <c>CNI_PATH</c>.</summary>
public static class Delegates
{
    /// <summary>The key of a configuration that asks for executables.</summary>
    public const string ExecuteKey = "executeDelegate";

    /// <summary>The variable that asks for executables in all calls.</summary>
    public const string ExecuteVariable = "FLANNEL_CNI_EXECUTE_DELEGATE";

    /// <summary>The plugin of this program that a type means; null where it is none of ours.</summary>
    public static CniPlugin? Own(string type) => type switch
    {
        "bridge" => new BridgePlugin(),
        HostLocalPlugin.Type => new HostLocalPlugin(),
        "loopback" => new LoopbackPlugin(),
        "portmap" => new PortmapPlugin(),
        _ => null,
    };

    /// <summary>The plugin that a type means for the one that was called: ours, unless its configuration or the environment asks for the executable.</summary>
    /// <param name="type">The <c>type</c> of the delegate.</param>
    /// <param name="call">The call of the plugin that delegates, with its own configuration.</param>
    /// <exception cref="CniException">No such executable.</exception>
    public static CniPlugin Find(string type, CniCall call) =>
        MustExecute(call) || Own(type) is not { } own ? ExecutedPlugin.Find(type, call.Path) : own;

    private static bool MustExecute(CniCall call) =>
        call.Config.Root.Flag(ExecuteKey) || Environment.GetEnvironmentVariable(ExecuteVariable) == "true";
}
