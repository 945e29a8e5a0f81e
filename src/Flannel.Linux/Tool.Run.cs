using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using Flannel.Linux.Interop;

namespace Flannel.Linux;

// For callers that live for one task and cannot afford threads of a pool.
public static partial class Tool
{
    /// <summary>
    /// Runs a program to its end; the calling thread waits. A non-zero exit code is a result, not an exception. The child inherits the network namespace of the calling
    /// thread. Its three streams are files in memory, so nothing it leaves running is waited for.
    /// </summary>
    /// <param name="file">A name found in PATH, or a path.</param>
    /// <param name="arguments">Passed as they are, one by one.</param>
    /// <param name="standardInput">What the program reads; null gives it an empty input.</param>
    /// <param name="environment">Variables it gets besides ours, or instead of ours of the same name.</param>
    /// <exception cref="LinuxException">The program cannot be started: ENOENT when it is not installed, ETXTBSY while it is being written.</exception>
    public static ToolResult Run(
        string file, IReadOnlyList<string> arguments, string? standardInput = null, IReadOnlyCollection<KeyValuePair<string, string>>? environment = null)
    {
        var program = Find(file) ?? throw new LinuxException(file, Errnos.ENOENT, "no such program in PATH");
        using var input = new MemoryFile(Encoding.UTF8.GetBytes(standardInput ?? ""));
        using var output = new MemoryFile();
        using var error = new MemoryFile();
        var pid = Spawn(program, [program, .. arguments, null], EnvironmentWith(environment ?? []), input, output, error);
        var exitCode = Wait(program, pid);
        return new ToolResult(exitCode, Encoding.UTF8.GetString(output.Read()), Encoding.UTF8.GetString(error.Read()));
    }

    private static int Spawn(string program, string?[] arguments, string?[] environment, params ReadOnlySpan<MemoryFile> streams)
    {
        Check(Libc.posix_spawn_file_actions_init(out var actions), program);
        try
        {
            for (var stream = 0; stream < streams.Length; stream++)
            {
                Check(Libc.posix_spawn_file_actions_adddup2(ref actions, streams[stream].Handle, stream), program);
            }

            // The runtime ignores SIGPIPE, and what is ignored stays so in the child: it would not end when its reader does.
            var ignored = default(sigset_t);
            _ = Libc.sigaddset(ref ignored, Libc.SIGPIPE);
            Check(Libc.posix_spawnattr_init(out var attributes), program);
            Check(Libc.posix_spawnattr_setsigdefault(ref attributes, ignored), program);
            Check(Libc.posix_spawnattr_setflags(ref attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK), program);
            Check(Libc.posix_spawn(out var pid, program, actions, attributes, arguments, environment), program);
            return pid;
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(ref actions);
        }
    }

    private static int Wait(string program, int pid)
    {
        int status;
        while (Libc.waitpid(pid, out status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() is not Errnos.EINTR)
            {
                throw Libc.Failure($"wait for {program}");
            }
        }

        // WIFEXITED: the low seven bits are the signal that ended it, none when it ended itself.
        var signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }

    private static string?[] EnvironmentWith(IReadOnlyCollection<KeyValuePair<string, string>> added)
    {
        var variables = new Dictionary<string, string?>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value;
        }

        foreach (var (name, value) in added)
        {
            variables[name] = value;
        }

        var lines = new string?[variables.Count + 1];
        var count = 0;
        foreach (var (name, value) in variables)
        {
            lines[count++] = $"{name}={value}";
        }

        return lines;
    }

    private static void Check(int errno, string program)
    {
        if (errno != 0)
        {
            throw new LinuxException(program, errno);
        }
    }
}
