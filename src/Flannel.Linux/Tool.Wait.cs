using System.Diagnostics;

namespace Flannel.Linux;

public static partial class Tool
{
    /// <summary>The same for a program that does nothing else meanwhile: the calling thread waits, no thread pool is started.</summary>
    /// <param name="file">A name found in PATH, or a path.</param>
    /// <param name="arguments">Passed as they are, one by one.</param>
    /// <param name="standardInput">What the program reads; null gives it an empty input.</param>
    /// <param name="environment">Variables it gets besides ours, or instead of ours of the same name.</param>
    /// <exception cref="LinuxException">The program cannot be started: ENOENT when it is not installed, ETXTBSY while it is being written.</exception>
    public static ToolResult Run(
        string file, IReadOnlyList<string> arguments, string? standardInput = null, IReadOnlyCollection<KeyValuePair<string, string>>? environment = null)
    {
        using var process = Start(file, arguments, environment ?? []);

        // A program may fill any of its pipes first, so each has somebody at its end.
        var error = "";
        var feeding = Begin(() => Feed(process, standardInput));
        var reading = Begin(() => error = process.StandardError.ReadToEnd());
        var output = process.StandardOutput.ReadToEnd();
        feeding.Join();
        reading.Join();
        process.WaitForExit();
        return new ToolResult(process.ExitCode, output, error);
    }

    private static Thread Begin(Action action)
    {
        var thread = new Thread(() => action(), 64 * 1024) { IsBackground = true, Name = "tool" };
        thread.Start();
        return thread;
    }

    private static void Feed(Process process, string? text)
    {
        try
        {
            process.StandardInput.Write(text);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // EPIPE, as in FeedAsync.
        }
    }
}
