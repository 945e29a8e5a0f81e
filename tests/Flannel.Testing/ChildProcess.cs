using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Flannel.Testing;

/// <summary>
/// A program that runs beside the test: its lines are captured, signals reach it, and it does not outlive the test process, however that ends. Disposing kills it.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly LineLog _log = new();
    private readonly Task _readers;

    private ChildProcess(Process process)
    {
        _process = process;
        _readers = Task.WhenAll(_log.FillAsync(process.StandardOutput, isError: false), _log.FillAsync(process.StandardError, isError: true));
    }

    /// <summary>The pid of the program itself: neither nsenter nor setpriv stay in between.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote so far, both streams in the order of arrival.</summary>
    public IReadOnlyList<string> Lines => _log.Lines(null);

    public IReadOnlyList<string> OutputLines => _log.Lines(isError: false);

    public IReadOnlyList<string> ErrorLines => _log.Lines(isError: true);

    /// <summary>Starts a program.</summary>
    /// <param name="file">A name found in PATH, or a path.</param>
    /// <param name="arguments">Passed as they are, one by one.</param>
    /// <param name="environment">Added to the environment of the test process; a null value removes the variable.</param>
    /// <param name="netns">Path of the network namespace to run in, such as <c>/proc/self/fd/7</c> of this process or <c>/run/netns/a</c>.</param>
    /// <param name="folder">Its current directory; ours when null.</param>
    public static ChildProcess Start(
        string file,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? netns = null,
        string? folder = null)
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        if (netns is not null)
        {
            Append(start, ["nsenter", $"--net={OfThisProcess(netns)}", "--"]);
        }

        Append(start, [file, .. arguments]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var process = Launcher.Start(start);
        process.StandardInput.Close();
        return new ChildProcess(process);
    }

    /// <summary>The first line, already written or to come, that satisfies the predicate.</summary>
    /// <exception cref="TimeoutException">None came in time; the message has what came instead.</exception>
    public Task<string> WaitForLineAsync(Func<string, bool> predicate, TimeSpan? deadline = null) =>
        _log.WaitAsync(predicate, deadline ?? DefaultDeadline);

    /// <summary>The exit code, after all its output has been read.</summary>
    /// <exception cref="TimeoutException">It did not end in time; the message has what it wrote.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? deadline = null)
    {
        try
        {
            await Task.WhenAll(_process.WaitForExitAsync(), _readers).WaitAsync(deadline ?? DefaultDeadline);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end; it wrote:\n{_log}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends a signal; nothing happens when the program has ended.</summary>
    public void Signal(Signal signal)
    {
        if (!_process.HasExited && kill(_process.Id, (int)signal) != 0 && Marshal.GetLastPInvokeError() is var error)
        {
            throw new InvalidOperationException($"kill {signal} {_process.Id}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Ends it and what it started without notice (SIGKILL), and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // The child would look up "self" as itself.
    private static string OfThisProcess(string path) => path.Replace("/proc/self/", $"/proc/{Environment.ProcessId}/", StringComparison.Ordinal);

    private static void Append(ProcessStartInfo start, IReadOnlyList<string> words)
    {
        foreach (var word in words)
        {
            start.ArgumentList.Add(word);
        }
    }

    // int kill(pid_t pid, int sig);
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int sig);
}
