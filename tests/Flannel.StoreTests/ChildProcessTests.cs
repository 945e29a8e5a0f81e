using Flannel.Testing;
using Xunit;

namespace Flannel.StoreTests;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Both_streams_the_environment_and_the_exit_code_are_captured()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "echo out $WORD; echo err >&2; exit 3"], new Dictionary<string, string?> { ["WORD"] = "word" });

        Assert.Equal(3, await child.WaitForExitAsync());
        Assert.Equal(["out word"], child.OutputLines);
        Assert.Equal(["err"], child.ErrorLines);
    }

    [Fact]
    public async Task A_signal_reaches_the_program_itself_inside_a_namespace_too()
    {
        // Not by the shell's own wait, which may sleep through a signal that comes a moment before.
        await using var child = ChildProcess.Start(
            "sh", ["-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done"], netns: "/proc/self/ns/net");
        await child.WaitForLineAsync(line => line == "ready");

        child.Signal(Signal.SIGTERM);

        Assert.Equal(7, await child.WaitForExitAsync());
    }

    [Fact]
    public async Task Waiting_for_a_line_ends_when_the_program_does()
    {
        await using var child = ChildProcess.Start("echo", ["something else"]);

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForLineAsync(line => line == "ready", TimeSpan.FromMinutes(1)));

        Assert.Contains("something else", failure.Message, StringComparison.Ordinal);
    }
}
