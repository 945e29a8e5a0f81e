using System.Globalization;
using System.Text.Json;

namespace Flannel.Cni;

/// <summary>The configuration of the plugin <c>flannel</c> (cni-plugin.md §2). The last three keys are ours.</summary>
internal sealed record FlannelConfig
{
    public const string TimeoutKey = "subnetFileTimeout";
    public const string TimeoutVariable = "FLANNEL_CNI_SUBNET_FILE_TIMEOUT";

    private const int DefaultTimeout = 5;

    public required string SubnetFile { get; init; }

    /// <summary>Where the configuration of each container's delegate is kept until DEL.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The base of the delegate's configuration; null is as good as empty.</summary>
    public JsonElement? Delegate { get; init; }

    /// <summary>The base of the delegate's <c>ipam</c>.</summary>
    public JsonElement? Ipam { get; init; }

    public JsonElement? RuntimeConfig { get; init; }

    /// <summary>How long ADD waits for the subnet file; zero is not at all.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Whether STATUS looks at the subnet file and at the daemon, or always succeeds as the original's does.</summary>
    public bool ReportsSubnetFile { get; init; }

    /// <exception cref="CniException">A value of another type: code 6.</exception>
    public static FlannelConfig Read(PluginConfig config)
    {
        var root = config.Root;
        return new FlannelConfig
        {
            SubnetFile = root.Text("subnetFile", "/run/flannel/subnet.env"),
            DataDirectory = root.Text("dataDir", LeakedStateFiles.DefaultDirectory),
            Delegate = root.Object("delegate"),
            Ipam = config.Ipam,
            RuntimeConfig = config.RuntimeConfig,
            Timeout = ReadTimeout(root),
            ReportsSubnetFile = root.Flag("statusFromSubnetFile"),
        };
    }

    /// <summary>The environment comes first: it is the operator's word for all networks of a host.</summary>
    private static TimeSpan ReadTimeout(JsonElement root)
    {
        var fromConfig = root.Integer(TimeoutKey, DefaultTimeout);
        var text = Environment.GetEnvironmentVariable(TimeoutVariable);
        var seconds = string.IsNullOrEmpty(text) ? fromConfig :
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var fromEnvironment) ? fromEnvironment :
            throw new CniException(CniException.InvalidEnvironment, $"{TimeoutVariable} must be a number of seconds, not {text.Cut(40)}");
        return TimeSpan.FromSeconds(Math.Max(seconds, 0));
    }
}
