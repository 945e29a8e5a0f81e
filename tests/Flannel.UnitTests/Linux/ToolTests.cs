using System.Diagnostics;
using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Linux;

public sealed class ToolTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Output_error_and_exit_code_are_told_apart()
    {
        var result = await Tool.RunAsync("sh", ["-c", "echo out; echo err >&2; exit 3"], cancellationToken: Token);

        Assert.Equal(new ToolResult(3, "out\n", "err\n"), result);
    }

    [Fact]
    public async Task Arguments_are_passed_as_they_are()
    {
        var result = await Tool.RunAsync("printf", ["%s|", "a b", "$HOME", "", "'\"*"], cancellationToken: Token);

        Assert.Equal("a b|$HOME||'\"*|", result.Output);
    }

    [Fact]
    public async Task Input_larger_than_a_pipe_comes_back_whole()
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n"));

        var result = await Tool.RunAsync("cat", [], text, Token);

        Assert.Equal(text, result.Output);
    }

    [Fact]
    public async Task Without_input_the_program_reads_an_empty_one() =>
        Assert.Equal(new ToolResult(0, "", ""), await Tool.RunAsync("cat", [], cancellationToken: Token));

    [Fact]
    public async Task A_program_that_does_not_read_its_input_is_judged_by_its_exit_code() =>
        Assert.Equal(1, (await Tool.RunAsync("false", [], new string('x', 1 << 20), Token)).ExitCode);

    [Fact]
    public async Task A_program_that_is_not_installed_is_named()
    {
        var exception = await Assert.ThrowsAsync<LinuxException>(() => Tool.RunAsync("no-such-program", [], cancellationToken: Token));

        Assert.Equal(Errnos.ENOENT, exception.Errno);
        Assert.Contains("no-such-program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_executable_is_no_program()
    {
        Assert.Null(Tool.Find("/etc/passwd"));
        Assert.EndsWith("/cat", Tool.Find("cat"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_program_and_its_children_are_gone()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var marker = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var run = Tool.RunAsync("sh", ["-c", "sleep 1000 & echo $$ $! > \"$0.part\"; mv \"$0.part\" \"$0\"; wait", marker], null, cancellation.Token);
        try
        {
            await WaitUntilAsync(() => File.Exists(marker));
            var pids = (await File.ReadAllTextAsync(marker, Token)).Split(' ', StringSplitOptions.TrimEntries);

            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

            await WaitUntilAsync(() => !pids.Any(IsAlive));
        }
        finally
        {
            File.Delete(marker);
        }
    }

    // An orphan may stay a zombie for a moment, until init reaps it.
    private static bool IsAlive(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "the condition did not come true in 20 s");
            await Task.Delay(5, Token);
        }
    }
}
