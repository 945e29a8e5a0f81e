using System.Net;
using Flannel.Testing;
using Flannel.Testing.Docker;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests.Docker;

/// <summary>
/// Two hosts, each with a daemon that masquerades and a dockerd that was told so by the options made of the subnet file, and on each a container; for all tests of a
/// class. As on a machine that was just installed, nobody but dockerd has turned forwarding on.
/// </summary>
/// <param name="backend">How the hosts reach each other's containers.</param>
public abstract class DockerPair(string backend) : IAsyncLifetime
{
    private readonly string _folder = Scratch.NewFolder("docker-options");
    private readonly List<DockerEngine> _engines = [];
    private readonly List<DockerContainer> _containers = [];
    private EtcdFabric _fabric = null!;

    internal FabricShape Shape { get; } = new(backend, Families.IPv4);

    public IReadOnlyList<Flanneld> Daemons => _fabric.Daemons;

    public IReadOnlyList<DockerEngine> Engines => _engines;

    /// <summary>One on each host, for no test to end.</summary>
    public IReadOnlyList<DockerContainer> Containers => _containers;

    /// <summary>The router of the hosts, which knows no way to a container.</summary>
    public Node Outside => _fabric.Network.Switch;

    public IPAddress OutsideAddress { get; } = IPAddress.Parse("172.30.0.1");

    /// <summary>Writes the options of dockerd to a file of variables, from the daemon's subnet file.</summary>
    protected abstract Task WriteOptionsAsync(Flanneld daemon, string file);

    public async ValueTask InitializeAsync()
    {
        if (!DockerEngine.CanRun)
        {
            return;
        }

        _fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(2), Shape.Config);
        foreach (var host in _fabric.Network.Hosts)
        {
            host.SetSysctl("net.ipv4.ip_forward", "0");
            _fabric.Launch(host, "--ip-masq");
        }

        _engines.AddRange(await Task.WhenAll(Daemons.Select(StartEngineAsync)));
        _containers.AddRange(await Task.WhenAll(_engines.Select(engine => engine.StartContainerAsync("stays", [], "sleep", "infinity"))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in _containers)
        {
            container.Dispose();
        }

        foreach (var engine in _engines)
        {
            await engine.DisposeAsync();
        }

        if (_fabric is not null)
        {
            await _fabric.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    // What a unit makes of EnvironmentFile= and of $DOCKER_OPTS in its command.
    private static string[] WordsOf(IReadOnlyList<string> lines)
    {
        const string Variable = "DOCKER_OPTS=";
        var line = Assert.Single(lines, line => line.StartsWith(Variable, StringComparison.Ordinal));
        return line[Variable.Length..].Trim('"').Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<DockerEngine> StartEngineAsync(Flanneld daemon)
    {
        await daemon.WaitUntilReadyAsync();
        var file = Path.Combine(_folder, daemon.Host.Name);
        await WriteOptionsAsync(daemon, file);
        return await DockerEngine.StartAsync(daemon.Host, ["--live-restore", .. WordsOf(await File.ReadAllLinesAsync(file))]);
    }
}
