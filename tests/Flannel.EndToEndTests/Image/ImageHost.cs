using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Flannel.Linux;
using Flannel.Testing;
using Flannel.Testing.Docker;
using Flannel.Testing.Kube;

namespace Flannel.EndToEndTests.Image;

/// <summary>
/// A host that is a node of a real cluster to which deploy/kube-flannel.yml was applied, and a real dockerd that runs the pod's containers as the manifest has them.
/// Folders of this object stand for the machine's.
/// </summary>
internal sealed class ImageHost : IAsyncDisposable
{
    private const string Namespace = "kube-flannel";
    private const string PodName = "kube-flannel-ds-abcde";

    private readonly string _folder = Scratch.NewFolder("image");
    private readonly TestNetwork _network;
    private readonly KubeCluster _cluster;
    private readonly DockerEngine _docker;
    private readonly PodTemplate _pod;

    private ImageHost(TestNetwork network, KubeCluster cluster, DockerEngine docker, PodTemplate pod) => (_network, _cluster, _docker, _pod) = (network, cluster, docker, pod);

    public const string Daemon = "kube-flannel";

    public TestHost Host => _network.Hosts[0];

    public KubeCluster Cluster => _cluster;

    public DockerEngine Docker => _docker;

    public string BinFolder => Path.Combine(_folder, "cni-plugin");

    public string NetFolder => Path.Combine(_folder, "cni");

    public string SubnetFile => Path.Combine(_folder, "run", "subnet.env");

    private IReadOnlyDictionary<string, string> HostPaths =>
        new[] { "run", "cni-plugin", "cni", "flannel-cfg", "xtables-lock" }.ToDictionary(volume => volume, volume => Path.Combine(_folder, volume));

    public static async Task<ImageHost> StartAsync()
    {
        var network = await TestNetwork.CreateAsync(1);
        var cluster = await KubeCluster.StartAsync(KubeClusterOptions.On(network));
        var docker = await DockerEngine.StartWithImageAsync(network.Hosts[0], FindImage());
        var host = new ImageHost(network, cluster, docker, await PodTemplate.ApplyAsync(cluster));
        await host.PrepareAsync();
        return host;
    }

    /// <summary>Runs a container of the pod to its end, as a kubelet does, and returns what it wrote.</summary>
    public async Task<string> RunToEndAsync(string container)
    {
        var result = await TryAsync(container, _pod.Arguments(container));
        return result.ExitCode == 0 ? result.Error : throw new InvalidOperationException($"{container} ended with {result.ExitCode}: {result.Error}");
    }

    /// <summary>The same with another program of the image and its arguments.</summary>
    public Task<ToolResult> TryProgramAsync(string container, string program, params IReadOnlyList<string> arguments) =>
        TryAsync(container, arguments, $"--entrypoint={program}");

    /// <summary>Starts the daemon with what the pod's ServiceAccount gives it.</summary>
    public async Task StartDaemonAsync()
    {
        var account = _cluster.WriteAccountFolder(Namespace, await _cluster.IssueTokenAsync(Namespace, "flannel"));
        var options = _pod.Options(
            Daemon, HostPaths, "--detach", $"--volume={account}:/var/run/secrets/kubernetes.io/serviceaccount:ro", $"--env=POD_NAME={PodName}", $"--env=POD_NAMESPACE={Namespace}",
            $"--env=KUBERNETES_SERVICE_HOST={_cluster.Endpoint.Host}", $"--env=KUBERNETES_SERVICE_PORT={_cluster.Endpoint.Port}");
        await _docker.RunAsync([.. options, .. _pod.Arguments(Daemon)]);
    }

    /// <summary>The daemon's log.</summary>
    public async Task<string> LogAsync() => (await _docker.TryRunAsync("logs", Daemon)).Error;

    public async ValueTask DisposeAsync()
    {
        await _docker.DisposeAsync();
        await _cluster.DisposeAsync();
        _network.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindImage()
    {
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "amd64" : "arm64";
        var found = Directory.GetFiles(Checkout.File("out"), $"flannel-cs-v*-{architecture}.tar");
        return found.Length == 1 ? found[0] : throw new FileNotFoundException($"{found.Length} images for {architecture} in out/: run ./build image");
    }

    private async Task<ToolResult> TryAsync(string container, IReadOnlyList<string> arguments, params IReadOnlyList<string> more) =>
        await _docker.TryRunAsync([.. _pod.Options(container, HostPaths, ["--rm", .. more]), .. arguments]);

    private async Task PrepareAsync()
    {
        foreach (var folder in HostPaths.Values.Where(path => !path.EndsWith("lock", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(folder);
        }

        await File.WriteAllTextAsync(HostPaths["xtables-lock"], "");
        var config = await _cluster.Api.GetAsync($"/api/v1/namespaces/{Namespace}/configmaps/kube-flannel-cfg");
        foreach (var file in config.GetProperty("data").EnumerateObject())
        {
            await File.WriteAllTextAsync(Path.Combine(HostPaths["flannel-cfg"], file.Name), file.Value.GetString());
        }

        await _cluster.CreateNodeAsync(Host.Name, "10.244.1.0/24");
        await _cluster.Api.PostAsync($"/api/v1/namespaces/{Namespace}/pods", Pod());
    }

    private JsonObject Pod() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = PodName },
        ["spec"] = new JsonObject { ["nodeName"] = Host.Name, ["containers"] = new JsonArray(new JsonObject { ["name"] = Daemon, ["image"] = "flannel-cs" }) },
    };
}
