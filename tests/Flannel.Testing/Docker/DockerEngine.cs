using System.Runtime.InteropServices;
using Flannel.Linux;
using Xunit;

namespace Flannel.Testing.Docker;

/// <summary>
/// A real dockerd inside a test host: a container with the host's network has that of the test host. It has a mount table, process numbers, <c>/run</c> and data of its
/// own, and touches no firewall and no bridge, so that nothing of it is left once its first process is killed.
/// </summary>
public sealed class DockerEngine : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _folder = Scratch.NewFolder("docker");
    private readonly string _group;
    private readonly ChildProcess _process;

    private DockerEngine(TestHost host)
    {
        _group = $"flannel-tests-{Environment.ProcessId}-{Path.GetFileName(_folder)}";
        Directory.CreateDirectory(Path.Combine(_folder, "run"));
        // The containers' runtime keeps its sockets in /run, whatever it is told.
        string[] command =
        [
            "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-ec", $"mount --bind {_folder}/run /run; exec dockerd \"$@\"", "sh",
            $"--host=unix://{Socket}", $"--data-root={_folder}/data", $"--exec-root={_folder}/exec", $"--pidfile={_folder}/pid", $"--cgroup-parent=/{_group}",
            "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none",
        ];
        _process = ChildProcess.Start("unshare", command, netns: host.Netns.Path);
    }

    private string Socket => Path.Combine(_folder, "docker.sock");

    /// <summary>Starts it, waits until it serves, and gives it the image that <c>./build image</c> has made.</summary>
    /// <exception cref="FileNotFoundException">There is no image.</exception>
    public static async Task<DockerEngine> StartAsync(TestHost host)
    {
        var image = FindImage();
        var engine = new DockerEngine(host);
        try
        {
            await Eventually.IsTrueAsync(engine.ServesAsync, Deadline);
            await engine.RunAsync("load", "--input", image);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
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

    public async ValueTask DisposeAsync()
    {
        // With the first process of its numbering all others die, containers included, and with the last one their mounts go.
        await _process.DisposeAsync();
        await Eventually.IsTrueAsync(() => TryRemove(() => Directory.Delete(_folder, recursive: true)), Deadline);
        foreach (var hierarchy in Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Select(path => Path.Combine(path, _group)).Where(Directory.Exists))
        {
            await Eventually.IsTrueAsync(() => TryRemove(() => RemoveGroups(hierarchy)), Deadline);
        }
    }

    private async Task<bool> ServesAsync() => _process.HasExited
        ? throw new InvalidOperationException($"dockerd ended with {_process.ExitCode}:\n{string.Join('\n', _process.Lines.TakeLast(20))}")
        : File.Exists(Socket) && (await TryRunAsync("version")).ExitCode == 0;

    private static string FindImage()
    {
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? "amd64" : "arm64";
        var found = Directory.GetFiles(Checkout.File("out"), $"flannel-cs-v*-{architecture}.tar");
        return found.Length == 1 ? found[0] : throw new FileNotFoundException($"{found.Length} images for {architecture} in out/: run ./build image");
    }

    private static bool TryRemove(Action remove)
    {
        try
        {
            remove();
            return true;
        }
        catch (IOException)
        {
            // A process that is still ending has it.
            return false;
        }
    }

    // Control groups have files that cannot be deleted, only the folders can.
    private static void RemoveGroups(string folder)
    {
        foreach (var child in Directory.GetDirectories(folder))
        {
            RemoveGroups(child);
        }

        Directory.Delete(folder);
    }
}
