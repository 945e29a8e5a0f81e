using System.ComponentModel;
using System.Diagnostics;

namespace Flannel.Linux;

/// <summary>Runs a program of the host, such as nft or iptables-restore. Never through a shell, never from the current directory.</summary>
public static partial class Tool
{
    // What a daemon started without PATH may expect; the tools we need live in sbin.
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The full path of a program, looked up in PATH unless the name has a slash; null when there is none.</summary>
    public static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(name) ? Path.GetFullPath(name) : null;
        }

        var path = Environment.GetEnvironmentVariable("PATH");
        return (string.IsNullOrEmpty(path) ? DefaultPath : path)
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(IsProgram);
    }

    /// <summary>
    /// Runs a program to its end. A non-zero exit code is a result, not an exception. When cancelled, the program and its children are killed and reaped before the
    /// task ends. The child inherits the network namespace of the calling thread.
    /// </summary>
    /// <param name="file">A name found in PATH, or a path.</param>
    /// <param name="arguments">Passed as they are, one by one.</param>
    /// <param name="standardInput">What the program reads; null gives it an empty input.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="LinuxException">The program cannot be started: ENOENT when it is not installed.</exception>
    public static async Task<ToolResult> RunAsync(
        string file, IReadOnlyList<string> arguments, string? standardInput = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = Start(file, arguments);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await FeedAsync(process, standardInput, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return new ToolResult(process.ExitCode, await output, await error);
    }

    private static Process Start(string file, IReadOnlyList<string> arguments)
    {
        var program = Find(file) ?? throw new LinuxException(file, Errnos.ENOENT, "no such program in PATH");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
#pragma warning disable RS0030 // Tool is the one place that starts programs.
            return Process.Start(start)!;
#pragma warning restore RS0030
        }
        catch (Win32Exception exception)
        {
            throw new LinuxException(program, exception.NativeErrorCode);
        }
    }

    private static async Task FeedAsync(Process process, string? text, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // EPIPE: the program ended without reading it all. Its exit code and error text say why.
        }
    }

    private static bool IsProgram(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
}
