using Flannel.Linux;
using Xunit;

namespace Flannel.UnitTests.Linux;

/// <summary>Programs run on the calling thread.</summary>
public sealed class ToolRunTests
{
    [Fact]
    public void Output_error_and_exit_code_are_told_apart() =>
        Assert.Equal(new ToolResult(3, "out\n", "err\n"), Tool.Run("sh", ["-c", "echo out; echo err >&2; exit 3"]));

    [Fact]
    public void Arguments_are_passed_as_they_are() =>
        Assert.Equal("a b|$HOME||'\"*|é|", Tool.Run("printf", ["%s|", "a b", "$HOME", "", "'\"*", "é"]).Output);

    [Fact]
    public void Input_larger_than_a_pipe_comes_back_whole_on_both_streams()
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n"));

        Assert.Equal(new ToolResult(0, text, text), Tool.Run("tee", ["/dev/fd/2"], text));
    }

    [Fact]
    public void Without_input_the_program_reads_an_empty_one() => Assert.Equal(new ToolResult(0, "", ""), Tool.Run("cat", []));

    [Fact]
    public void The_number_of_a_signal_is_told() => Assert.Equal(128 + 9, Tool.Run("sh", ["-c", "kill -9 $$"]).ExitCode);

    [Fact]
    public void A_program_is_ended_by_a_broken_pipe_as_in_a_shell() =>
        Assert.Equal("141\n", Tool.Run("bash", ["-c", "yes | head -n 1 > /dev/null; echo ${PIPESTATUS[0]}"]).Output);

    [Fact]
    public void Variables_are_added_to_those_of_this_process_and_replace_them()
    {
        KeyValuePair<string, string>[] environment = [new("HOME", "/nowhere"), new("CNI_COMMAND", "ADD")];

        var lines = Tool.Run("env", [], environment: environment).Output.Split('\n');

        Assert.Contains("CNI_COMMAND=ADD", lines);
        Assert.Contains($"PATH={Environment.GetEnvironmentVariable("PATH")}", lines);
        Assert.Equal("HOME=/nowhere", Assert.Single(lines, line => line.StartsWith("HOME=", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_the_program_leaves_running_is_not_waited_for()
    {
        var pid = Tool.Run("sh", ["-c", "sleep 1000 & echo $!"]).Output.Trim();

        Assert.True(Directory.Exists($"/proc/{pid}"));
        Assert.Equal(0, Tool.Run("kill", [pid]).ExitCode);
    }

    [Fact]
    public void A_program_that_is_not_installed_is_named()
    {
        var exception = Assert.Throws<LinuxException>(() => Tool.Run("no-such-program", []));

        Assert.Equal(Errnos.ENOENT, exception.Errno);
        Assert.Contains("no-such-program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_the_kernel_cannot_run_is_an_error()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllText(file, "#!/no/such/interpreter\n");

            Assert.Equal(Errnos.ENOENT, Assert.Throws<LinuxException>(() => Tool.Run(file, [])).Errno);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
