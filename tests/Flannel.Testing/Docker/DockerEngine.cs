using Flannel.Linux;
using Xunit;

namespace Flannel.Testing.Docker;

/// <summary>
/// A real dockerd inside a test host: a container with the host's network has that of the test host. It has a mount table, process numbers, <c>/run</c> and data of its
/// own, so that nothing of it is left once its first process is killed. That first process starts it anew when it ends in order or is killed.
/// </summary>
public sealed partial class DockerEngine : IAsyncDisposable
{
    // The containers' runtime keeps its sockets in /run, whatever it is told. 137: killed by SIGKILL.
    private const string FirstProcess = """
        mount --bind "$1" /run; shift
        while :; do
            status=0; dockerd "$@" || status=$?
            case $status in 0 | 137) ;; *) exit $status ;; esac
        done
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _folder = Scratch.NewFolder("docker");
    private readonly TestHost _host;
    private readonly ControlGroup _group;
    private readonly ChildProcess _process;

    private DockerEngine(TestHost host, IReadOnlyList<string> options)
    {
        _host = host;
        _group = new ControlGroup(Path.GetFileName(_folder));
        Directory.CreateDirectory(Path.Combine(_folder, "run"));
        string[] command =
        [
            "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-ec", FirstProcess, "sh", $"{_folder}/run",
            $"--host=unix://{Socket}", $"--data-root={_folder}/data", $"--exec-root={_folder}/exec", $"--pidfile={PidFile}", $"--cgroup-parent={_group.Path}",
            .. options,
        ];
        _process = ChildProcess.Start("unshare", command, netns: host.Netns.Path);
    }

    /// <summary>Whether this machine has a dockerd to run.</summary>
    public static bool CanRun => Tool.Find("dockerd") is not null;

    private string Socket => Path.Combine(_folder, "docker.sock");

    private string PidFile => Path.Combine(_folder, "pid");

    /// <summary>Starts one that touches no firewall and no bridge, waits until it serves, and gives it an image from a file that <c>docker save</c> or <c>./build image</c> made.</summary>
    public static async Task<DockerEngine> StartWithImageAsync(TestHost host, string image)
    {
        var engine = new DockerEngine(host, ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"]);
        return await engine.PrepareAsync(() => engine.RunAsync("load", "--input", image));
    }

    /// <summary>Starts one with its bridge <c>docker0</c> and its rules in the host's network, waits until it serves, and gives it the image <c>busybox</c>.</summary>
    /// <param name="host">Where.</param>
    /// <param name="options">Of dockerd, besides those that tell it where its files are.</param>
    public static async Task<DockerEngine> StartAsync(TestHost host, params IReadOnlyList<string> options)
    {
        var engine = new DockerEngine(host, options);
        return await engine.PrepareAsync(async () =>
        {
            var image = Path.Combine(engine._folder, "busybox.tar");
            await BusyboxImage.WriteAsync(image);
            await engine.RunAsync("import", image, BusyboxImage.Name);
        });
    }

    /// <summary>Runs a command of <c>docker</c> and returns what it prints.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; the message has what it wrote.</exception>
    public async Task<string> RunAsync(params IReadOnlyList<string> command)
    {
        var result = await TryRunAsync(command);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"docker {string.Join(' ', command)} ended with {result.ExitCode}: {result.Error}{result.Output}");
    }

    /// <summary>Like <see cref="RunAsync"/>, whatever the exit code, which of <c>docker run</c> is the container's.</summary>
    public Task<ToolResult> TryRunAsync(params IReadOnlyList<string> command) =>
        Tool.RunAsync("docker", [$"--host=unix://{Socket}", .. command], cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Ends dockerd and waits until another one serves in its place. Containers go on where it was started with <c>--live-restore</c>.</summary>
    /// <param name="signal">SIGTERM as a service manager sends it, SIGKILL for a crash.</param>
    public async Task RestartAsync(Signal signal)
    {
        var old = await ReadPidAsync();
        await Tool.RunAsync("nsenter", [$"--pid=/proc/{_process.Id}/ns/pid_for_children", "--", "kill", $"-{(int)signal}", old], cancellationToken: TestContext.Current.CancellationToken);
        await Eventually.BecomesAsync(ReadPidAsync, pid => pid.Length > 0 && pid != old, Deadline);
        await Eventually.IsTrueAsync(ServesAsync, Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        // With the first process of its numbering all others die, containers included, and with the last one their mounts go.
        await _process.DisposeAsync();
        await Eventually.IsTrueAsync(TryRemoveFolder, Deadline);
        await Eventually.IsTrueAsync(_group.TryRemove, Deadline);
    }

    private async Task<DockerEngine> PrepareAsync(Func<Task> prepare)
    {
        try
        {
            await Eventually.IsTrueAsync(ServesAsync, Deadline);
            await prepare();
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private async Task<bool> ServesAsync() => _process.HasExited
        ? throw new InvalidOperationException($"dockerd ended with {_process.ExitCode}:\n{string.Join('\n', _process.Lines.TakeLast(20))}")
        : File.Exists(Socket) && (await TryRunAsync("version")).ExitCode == 0;

    // Empty between two runs.
    private async Task<string> ReadPidAsync() => File.Exists(PidFile) ? await File.ReadAllTextAsync(PidFile, TestContext.Current.CancellationToken) : "";

    private bool TryRemoveFolder()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            // A process that is still ending has it.
            return false;
        }
    }
}
