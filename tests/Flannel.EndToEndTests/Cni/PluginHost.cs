using System.Text.Json.Nodes;
using Flannel.Testing;
using Flannel.Testing.Cni;

namespace Flannel.EndToEndTests.Cni;

/// <summary>A host on which the plugins work: what they keep lies in a folder of its own, and what they left can be asked for.</summary>
internal sealed class PluginHost : IDisposable
{
    private const string Network = "blue";

    private readonly string _folder = Scratch.NewFolder("plugins");
    private readonly List<PodSandbox> _pods = [];
    private readonly string _subnetFile;

    /// <param name="host">Where; it is not this object's to dispose.</param>
    /// <param name="subnetFile">A daemon's.</param>
    public PluginHost(TestHost host, string subnetFile) => (Host, _subnetFile) = (host, subnetFile);

    private PluginHost(TestHost host) => (Host, _subnetFile) = (host, Path.Combine(_folder, "subnet.env"));

    public TestHost Host { get; }

    /// <summary>What a host offers besides: 8080 to the container's 80.</summary>
    public static JsonObject Port => new()
    {
        ["portMappings"] = new JsonArray(new JsonObject { ["hostPort"] = 8080, ["containerPort"] = 80, ["protocol"] = "tcp" }),
    };

    /// <summary>Where <c>flannel</c> keeps what its delegates were told.</summary>
    public string StateFolder => Path.Combine(_folder, "state");

    /// <summary>The address book.</summary>
    public string Book => Path.Combine(_folder, "addresses", Network);

    /// <summary>The addresses that are held, and by whom: the content of the files.</summary>
    public IReadOnlyList<string> Reservations =>
        [.. Files(Book).Where(IsAddress).Select(file => $"{Path.GetFileName(file)} {File.ReadAllText(file)}").Order(StringComparer.Ordinal)];

    /// <summary>A host whose subnet file has this text.</summary>
    public static PluginHost WithSubnet(TestHost host, string subnetEnv)
    {
        var made = new PluginHost(host);
        File.WriteAllText(made._subnetFile, subnetEnv);
        return made;
    }

    public PodSandbox AddPod(string containerId)
    {
        _pods.Add(new PodSandbox(Host, containerId));
        return _pods[^1];
    }

    /// <summary>The usual list, <c>flannel</c> and <c>portmap</c>.</summary>
    /// <param name="path"><c>CNI_PATH</c>.</param>
    /// <param name="version">Of the list.</param>
    /// <param name="members">Of the configuration of <c>flannel</c>, a comma after each.</param>
    /// <param name="launcher">See <see cref="CniRuntime.Launcher"/>.</param>
    public CniRuntime NewRuntime(string path, string version = "1.0.0", string members = "", params IReadOnlyList<string> launcher)
    {
        var list = $$"""
            {
              "cniVersion": "{{version}}",
              "name": "{{Network}}",
              "plugins": [
                { "type": "flannel", {{members}} "subnetFile": "{{_subnetFile}}", "dataDir": "{{StateFolder}}", "ipam": { "dataDir": "{{_folder}}/addresses" },
                  "delegate": { "hairpinMode": true, "isDefaultGateway": true } },
                { "type": "portmap", "snat": true, "capabilities": { "portMappings": true } }
              ]
            }
            """;
        return new CniRuntime(Host, list, path) { Launcher = launcher };
    }

    /// <summary>What is there of containers: cables, held addresses, saved configurations, rules. Empty when none was ever attached, or nothing of any is left.</summary>
    public async Task<string> FindTracesAsync()
    {
        var rules = (await Host.RunAsync("iptables-save")).Split('\n').Concat((await Host.RunAsync("ip6tables-save")).Split('\n'));
        return string.Join('\n',
            [
                .. (await Host.RunAsync("ip -o link show type veth")).Split('\n').Where(line => line.Contains(" master cni0 ", StringComparison.Ordinal)),
                .. Reservations,
                .. Files(StateFolder),
                .. rules.Where(rule => rule.Contains("id: \\\"", StringComparison.Ordinal)),
            ]);
    }

    public void Dispose()
    {
        _pods.ForEach(pod => pod.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<string> Files(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];

    private static bool IsAddress(string file) => Path.GetFileName(file) is not "lock" and var name && !name.StartsWith("last_reserved_ip.", StringComparison.Ordinal);
}
