using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Flannel.Linux;
using Flannel.Stores.Etcd;

namespace Flannel.Testing.Etcd;

/// <summary>A real etcd server with data and ports of its own; it dies with the test, at the latest with the test process.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private const int Attempts = 5;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly EtcdServerOptions _options;
    private readonly IReadOnlyList<string> _arguments;
    private readonly string _data = Scratch.NewFolder("etcd");
    private ChildProcess _process;

    /// <summary>Starts without waiting: a member of a cluster is ready no sooner than the others are there.</summary>
    internal EtcdServer(EtcdServerOptions options, string name, int clientPort, int peerPort, string? cluster = null)
    {
        _options = options;
        Name = name;
        var host = options.Host.Contains(':', StringComparison.Ordinal) ? $"[{options.Host}]" : options.Host;
        Endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"{(options.Authority is null ? "http" : "https")}://{host}:{clientPort}"));
        PeerUrl = string.Create(CultureInfo.InvariantCulture, $"http://{host}:{peerPort}");
        _arguments =
        [
            "--name", name, "--data-dir", _data, "--logger", "zap", "--log-outputs", "stderr",
            "--listen-client-urls", Text(Endpoint), "--advertise-client-urls", Text(Endpoint),
            "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl, "--initial-cluster", cluster ?? $"{name}={PeerUrl}",
            .. TlsArguments(options), .. options.Arguments,
        ];
        _process = Launch();
    }

    public string Name { get; }

    /// <summary>Its client URL.</summary>
    public Uri Endpoint { get; }

    public string PeerUrl { get; }

    /// <summary>Starts a server and waits until it serves.</summary>
    public static async Task<EtcdServer> StartAsync(EtcdServerOptions? options = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var ports = options?.Netns is null ? FreePorts(options?.Host ?? EtcdServerOptions.Plain.Host, 2) : [2379, 2380];
            var server = new EtcdServer(options ?? EtcdServerOptions.Plain, "etcd", ports[0], ports[1]);
            try
            {
                await server.WaitUntilItServesAsync();
                return server;
            }
            catch (TimeoutException) when (server.HasLostItsPorts && attempt < Attempts)
            {
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>A client of this server alone; TLS with the server's authority, where it has one.</summary>
    public EtcdClient NewClient() => new(new EtcdOptions { Endpoints = [Endpoint], CaFile = _options.Authority?.CaFile ?? "" });

    /// <summary>SIGKILL: the server gets no chance to say goodbye. Its data stay.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts it again on the same ports, with its data or from nothing; does not wait until it serves.</summary>
    public async Task LaunchAsync(bool withoutData = false)
    {
        await _process.DisposeAsync();
        if (withoutData)
        {
            Directory.Delete(_data, recursive: true);
        }

        _process = Launch();
    }

    /// <summary>Kills it, starts it again on the same ports and data, and waits until it serves.</summary>
    public async Task RestartAsync()
    {
        await LaunchAsync();
        await WaitUntilItServesAsync();
    }

    /// <summary>Half-dead: the kernel goes on accepting connections and acknowledging data for it, but nothing answers.</summary>
    public void Pause() => _process.Signal(Signal.SIGSTOP);

    public void Resume() => _process.Signal(Signal.SIGCONT);

    /// <summary>Waits for the server's own word that it serves clients.</summary>
    public Task WaitUntilItServesAsync() => WaitForLogAsync("serving client traffic");

    /// <summary>Waits until the server, since it was last started, has logged a text so many times.</summary>
    public Task WaitForLogAsync(string text, int count = 1) =>
        _process.WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal) && --count == 0, Deadline);

    /// <summary>Runs <c>etcdctl</c> on this server, from where the server is, and returns what it prints.</summary>
    public async Task<string> CtlAsync(params IReadOnlyList<string> arguments)
    {
        var tls = _options.Authority is { } authority ? new[] { "--cacert", authority.CaFile } : [];
        var place = _options.Netns is { } netns ? new[] { "nsenter", $"--net={netns}" } : [];
        var result = await Tool.RunAsync("env", ["ETCDCTL_API=3", .. place, "etcdctl", "--command-timeout", "60s", "--endpoints", Text(Endpoint), .. tls, .. arguments]);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"etcdctl {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}{result.Output}");
    }

    /// <summary>Turns on etcd's own authentication, with one user who may read and write below one prefix.</summary>
    public async Task EnableAuthenticationAsync(string user, string password, string prefix)
    {
        await CtlAsync("user", "add", "root:root");
        await CtlAsync("user", "grant-role", "root", "root");
        await CtlAsync("role", "add", "flannel");
        await CtlAsync("role", "grant-permission", "flannel", "readwrite", prefix, "--prefix");
        await CtlAsync("user", "add", $"{user}:{password}");
        await CtlAsync("user", "grant-role", user, "flannel");
        await CtlAsync("auth", "enable");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    internal bool HasLostItsPorts => _process.Lines.Any(line => line.Contains("address already in use", StringComparison.Ordinal));

    /// <summary>Ports that were free a moment ago. Another process may take them before the server does; it then says so and another try is due.</summary>
    internal static IReadOnlyList<int> FreePorts(string host, int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Parse(host), 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    private static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static IReadOnlyList<string> TlsArguments(EtcdServerOptions options)
    {
        if (options.Authority is not { } authority)
        {
            return [];
        }

        var certificate = authority.Issue("server");
        IReadOnlyList<string> asks = options.AsksForCertificates ? ["--client-cert-auth", "--trusted-ca-file", authority.CaFile] : [];
        return ["--cert-file", certificate.CertFile, "--key-file", certificate.KeyFile, .. asks];
    }

    private ChildProcess Launch() => ChildProcess.Start("etcd", _arguments, netns: _options.Netns);
}
