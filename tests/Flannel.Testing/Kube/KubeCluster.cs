using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.Testing.Kube;

/// <summary>
/// A real Kubernetes API server on a real etcd, without kubelets: TLS, RBAC on, service-account tokens, and nodes as the test makes them. All die with the test, at the
/// latest with the test process.
/// </summary>
public sealed partial class KubeCluster : IAsyncDisposable
{
    private const int Attempts = 5;
    private const int UsualPort = 6443;

    // Without it the servers know one pod network of a node only.
    private const string FeatureGates = "IPv6DualStack=true";

    // A start is three seconds of work, of which a busy machine gives a small part.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(180);

    // One at a time is sooner ready than several at once.
    private static readonly SemaphoreSlim Starting = new(1);

    private readonly KubeClusterOptions _options;
    private readonly EtcdServer _etcd;
    private readonly string _program;
    private readonly string _folder = Scratch.NewFolder("kube");
    private readonly string _adminToken = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly ECDsa _accountKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TestAuthority _authority = new();
    private readonly TestCertificate _certificate;
    private ChildProcess _process;

    private KubeCluster(KubeClusterOptions options, EtcdServer etcd, string program)
    {
        _options = options;
        _etcd = etcd;
        _program = program;
        _certificate = _authority.Issue("kube-apiserver", options.Address);
        var port = options.Place is null ? EtcdServer.FreePorts(options.Address.ToString(), 1)[0] : UsualPort;
        Endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://{new IPEndPoint(options.Address, port)}"));
        File.WriteAllText(TokenFile, $"{_adminToken},admin,admin,system:masters\n");
        File.WriteAllText(AccountKeyFile, _accountKey.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(AccountPublicKeyFile, _accountKey.ExportSubjectPublicKeyInfoPem());
        _process = Launch();
        Api = new KubeApi(Endpoint, _authority.CaFile, _adminToken, options.Place);
    }

    /// <summary>The API server's URL.</summary>
    public Uri Endpoint { get; }

    /// <summary>Where the objects are kept, below <c>/registry</c>.</summary>
    public EtcdServer Etcd => _etcd;

    /// <summary>Issues the certificates of the servers and of users: the common name is the user's name.</summary>
    public TestAuthority Authority => _authority;

    /// <summary>The administrator's requests.</summary>
    public KubeApi Api { get; }

    /// <summary>What the API server wrote since it was last started.</summary>
    public IReadOnlyList<string> Lines => _process.Lines;

    private string TokenFile => Path.Combine(_folder, "tokens.csv");

    private string AccountKeyFile => Path.Combine(_folder, "account-key.pem");

    private string AccountPublicKeyFile => Path.Combine(_folder, "account.pem");

    /// <summary>Starts etcd and an API server, and waits until it serves.</summary>
    public static async Task<KubeCluster> StartAsync(KubeClusterOptions? options = null)
    {
        var program = await KubePrograms.ApiServerAsync();
        await Starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await StartAsync(options ?? new KubeClusterOptions(), program);
        }
        finally
        {
            Starting.Release();
        }
    }

    private static async Task<KubeCluster> StartAsync(KubeClusterOptions options, string program)
    {
        var etcd = await EtcdServer.StartAsync(new EtcdServerOptions { Host = options.Address.ToString(), Netns = options.Place?.Netns.Path });
        for (var attempt = 1; ; attempt++)
        {
            var cluster = new KubeCluster(options, etcd, program);
            try
            {
                await cluster.WaitUntilItServesAsync();
                return cluster;
            }
            catch (InvalidOperationException) when (cluster.HasLostItsPort && attempt < Attempts)
            {
                await cluster.EndApiServerAsync();
            }
            catch
            {
                await cluster.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>SIGKILL to the API server; etcd goes on.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts the API server again on the same port, after it has ended; does not wait until it serves.</summary>
    public async Task LaunchAsync()
    {
        await _process.DisposeAsync();
        _process = Launch();
    }

    /// <summary>Kills the API server, starts it again on the same port, and waits until it serves.</summary>
    public async Task RestartAsync()
    {
        await LaunchAsync();
        await WaitUntilItServesAsync();
    }

    /// <summary>Half-dead: the kernel goes on accepting connections and acknowledging data for the API server, but nothing answers.</summary>
    public void Pause() => _process.Signal(Signal.SIGSTOP);

    public void Resume() => _process.Signal(Signal.SIGCONT);

    /// <summary>Another way to the API server, which a test can cut; reached from wherever the server itself is.</summary>
    public Relay NewRelay() => new(Endpoint, _options.Place, _options.Address);

    /// <summary>Waits until the API server says it is ready: rights of the built-in roles and all.</summary>
    /// <exception cref="InvalidOperationException">It has ended; the message has its last lines.</exception>
    public Task WaitUntilItServesAsync() => Eventually.IsTrueAsync(
        () => _process.HasExited
            ? throw new InvalidOperationException($"kube-apiserver ended with {_process.ExitCode}:\n{string.Join('\n', _process.Lines.TakeLast(20))}")
            : Api.IsReadyAsync(),
        Deadline);

    public async ValueTask DisposeAsync()
    {
        await EndApiServerAsync();
        await _etcd.DisposeAsync();
    }

    private bool HasLostItsPort => _process.Lines.Any(line => line.Contains("address already in use", StringComparison.Ordinal));

    private async Task EndApiServerAsync()
    {
        await DisposeControllersAsync();
        await _process.DisposeAsync();
        Api.Dispose();
        _authority.Dispose();
        _accountKey.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ChildProcess Launch() => ChildProcess.Start(_program, [.. Arguments(), .. _options.Arguments], netns: _options.Place?.Netns.Path);

    // No reconciler of its own endpoints: nobody reaches it by its cluster address, and loopback would not be accepted as one.
    private IEnumerable<string> Arguments() =>
    [
        $"--etcd-servers={_etcd.Endpoint.GetLeftPart(UriPartial.Authority)}",
        $"--bind-address={_options.Address}", $"--advertise-address={_options.Address}", $"--secure-port={Endpoint.Port}", "--endpoint-reconciler-type=none",
        $"--tls-cert-file={_certificate.CertFile}", $"--tls-private-key-file={_certificate.KeyFile}", $"--cert-dir={_folder}",
        $"--client-ca-file={_authority.CaFile}", $"--token-auth-file={TokenFile}", "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
        $"--service-account-issuer={Issuer}", $"--service-account-signing-key-file={AccountKeyFile}", $"--service-account-key-file={AccountPublicKeyFile}",
        "--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged", $"--feature-gates={FeatureGates}",
    ];
}
