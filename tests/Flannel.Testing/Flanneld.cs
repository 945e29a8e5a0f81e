namespace Flannel.Testing;

/// <summary>The native program <c>out/flanneld</c>, or the one that <c>FLANNELD_BINARY</c> names, on a test host. Its lines are kept over restarts.</summary>
public sealed class Flanneld : IAsyncDisposable
{
    private static readonly Lazy<string> FoundBinary = new(FindBinary);

    private readonly string _folder = Scratch.NewFolder("flanneld");
    private readonly IReadOnlyList<string> _command;
    private readonly NotifySocket _notifications;
    private readonly List<string> _earlierLines = [];
    private ChildProcess _process;

    private Flanneld(TestHost host, IReadOnlyList<string> launcher, IReadOnlyList<string> flags)
    {
        Host = host;
        _command = [.. launcher, Binary, $"--subnet-file={SubnetFile}", .. flags];
        _notifications = new NotifySocket(Path.Combine(_folder, "notify"));
        _process = Launch();
    }

    public TestHost Host { get; }

    public string SubnetFile => Path.Combine(_folder, "subnet.env");

    /// <summary>What its subnet file says, whether it runs or not.</summary>
    /// <exception cref="FileNotFoundException">It has never been ready.</exception>
    public PodSubnet Subnet => PodSubnet.Parse(File.ReadAllText(SubnetFile));

    /// <summary>The number of the running process.</summary>
    public int Id => _process.Id;

    /// <summary>All it wrote, earlier runs included.</summary>
    public IReadOnlyList<string> Lines => [.. _earlierLines, .. _process.Lines];

    /// <summary>The file under test.</summary>
    /// <exception cref="FileNotFoundException">There is none; <c>./build</c> makes it.</exception>
    public static string Binary => FoundBinary.Value;

    /// <summary>Starts it with flags as an operator would give them; the subnet file is this object's own.</summary>
    public static Flanneld Start(TestHost host, params IReadOnlyList<string> flags) => new(host, [], flags);

    /// <summary>Starts it by a program that first changes what it may do or see and then becomes it, such as <c>setpriv</c> or <c>unshare --mount</c>.</summary>
    public static Flanneld StartUnder(IReadOnlyList<string> launcher, TestHost host, params IReadOnlyList<string> flags) => new(host, launcher, flags);

    /// <summary>Waits until it has told the service manager that it is ready, and reads its subnet file.</summary>
    /// <exception cref="InvalidOperationException">It ended before; the message has its lines.</exception>
    /// <exception cref="TimeoutException">It is not ready in time; likewise.</exception>
    public async Task<PodSubnet> WaitUntilReadyAsync(TimeSpan? deadline = null)
    {
        try
        {
            await Eventually.IsTrueAsync(
                () => _process.HasExited ? throw new InvalidOperationException(Describe("ended before it was ready")) : _notifications.HasHeard("READY=1"), deadline);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe("is not ready in time"));
        }

        return Subnet;
    }

    /// <summary>Whether the present run has told the service manager this, as in <c>STOPPING=1</c>.</summary>
    public bool HasNotified(string state) => _notifications.HasHeard(state);

    /// <summary>The first line of the present run, written or to come, that contains the text.</summary>
    public Task<string> WaitForLineAsync(string text, TimeSpan? deadline = null) =>
        _process.WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), deadline);

    /// <summary>The exit code of a daemon that ends by itself.</summary>
    public Task<int> WaitForExitAsync(TimeSpan? deadline = null) => _process.WaitForExitAsync(deadline);

    public void Signal(Signal signal) => _process.Signal(signal);

    /// <summary>Asks it to end (SIGTERM) and returns its exit code.</summary>
    public Task<int> StopAsync()
    {
        _process.Signal(Testing.Signal.SIGTERM);
        return _process.WaitForExitAsync();
    }

    /// <summary>Ends it without notice (SIGKILL).</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts it anew with the same flags and files, after it has ended; the caller waits until it is ready.</summary>
    public async Task RestartAsync()
    {
        _earlierLines.AddRange(_process.Lines);
        await _process.DisposeAsync();
        _notifications.Clear();
        _process = Launch();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _notifications.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private ChildProcess Launch()
    {
        var environment = new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = Path.Combine(_folder, "notify") };
        return ChildProcess.Start(_command[0], [.. _command.Skip(1)], environment, Host.Netns.Path);
    }

    private string Describe(string what) => $"flanneld on {Host} {what}:\n{string.Join('\n', Lines)}";

    private static string FindBinary()
    {
        if (Environment.GetEnvironmentVariable("FLANNELD_BINARY") is { Length: > 0 } named)
        {
            return Path.GetFullPath(named);
        }

        var file = Checkout.File("out", "flanneld");
        return File.Exists(file) ? file : throw new FileNotFoundException("not built yet: run ./build", file);
    }
}
