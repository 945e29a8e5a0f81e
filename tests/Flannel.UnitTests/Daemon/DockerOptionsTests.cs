using System.CommandLine;
using Flannel.Daemon.Ctl;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.UnitTests.Daemon;

/// <summary>mk-docker-opts.sh by any POSIX shell, and flannelctl docker-opts beside it.</summary>
public sealed class DockerOptionsTests
{
    private const string Each = "DOCKER_OPT_BIP=\"--bip=10.1.74.1/24\"\nDOCKER_OPT_IPMASQ=\"--ip-masq=true\"\nDOCKER_OPT_MTU=\"--mtu=1472\"\n";
    private const string Options = "\" --bip=10.1.74.1/24 --ip-masq=true --mtu=1472\"\n";
    private const string Subnet = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.74.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=false\n";

    private readonly string _folder = Scratch.NewFolder("docker");

    private string Output => Path.Combine(_folder, "docker_opts.env");

    /// <summary>K1 to K5 of the catalogue.</summary>
    [Theory]
    [InlineData("", Each + "DOCKER_OPTS=" + Options)]
    [InlineData("-i", Each)]
    [InlineData("-c", "DOCKER_OPTS=" + Options)]
    [InlineData("-k CUSTOM_KEY", Each + "CUSTOM_KEY=" + Options)]
    [InlineData("-m", "DOCKER_OPT_BIP=\"--bip=10.1.74.1/24\"\nDOCKER_OPT_MTU=\"--mtu=1472\"\nDOCKER_OPTS=\" --bip=10.1.74.1/24 --mtu=1472\"\n")]
    public async Task Each_flag_makes_its_lines(string flags, string lines)
    {
        Assert.Equal((0, lines, ""), await ByScriptAsync(Subnet, flags));
        Assert.Equal((0, lines), ByCommand(Subnet, flags));
    }

    [Theory]
    [InlineData(Subnet, "-i -c")]
    [InlineData(Subnet, "-ick X_1")]
    [InlineData(Subnet, "", "DOCKER_OPTS=-H fd://")]
    [InlineData(Subnet, "-k MINE", "MINE=--debug", "DOCKER_OPTS=unused")]
    [InlineData(Subnet, "-m", "DOCKER_OPT_IPMASQ=--ip-masq=maybe", "MY_DOCKER_OPT_Z=--z", "DOCKER_OPT_A=--a --b")]
    [InlineData(Subnet + "DOCKER_OPT_LOG='--log-level=warn'\n", "")]
    [InlineData("# by hand\nexport FLANNEL_MTU=\"1400\"\n\nFLANNEL_IPMASQ=true\n", "")]
    [InlineData("", "")]
    [InlineData("", "", "FLANNEL_SUBNET=10.1.74.1/24", "FLANNEL_MTU=", "DOCKER_OPT_EMPTY=")]
    [InlineData("FLANNEL_SUBNET=10.1.74.129/25\nFLANNEL_SUBNET=10.1.75.129/25\n", "")]
    public async Task Both_write_the_same_bytes(string subnetFile, string flags, params string[] environment)
    {
        var (code, lines, _) = await ByScriptAsync(subnetFile, flags, environment);
        Assert.Equal((0, lines), ByCommand(subnetFile, flags, environment));
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Without_a_subnet_file_there_are_no_options()
    {
        Assert.Equal((0, "DOCKER_OPTS=\"\"\n", ""), await ByScriptAsync(null, ""));
        Assert.Equal((0, "DOCKER_OPTS=\"\"\n"), ByCommand(null, ""));
    }

    [Fact]
    public async Task Masquerading_is_one_or_the_other()
    {
        await File.WriteAllTextAsync(Output, "old", TestContext.Current.CancellationToken);
        var (code, lines, error) = await ByScriptAsync("FLANNEL_IPMASQ=maybe\n", "");
        Assert.Equal((1, "old"), (code, lines));
        Assert.Contains("maybe", error, StringComparison.Ordinal);
        Assert.Contains("maybe", Assert.Throws<HostException>(() => ByCommand("FLANNEL_IPMASQ=maybe\n", "")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-h")]
    [InlineData("-?")]
    [InlineData("-x")]
    [InlineData("-f")]
    public async Task Usage_goes_to_the_error_output(string flags)
    {
        var (code, _, error) = await ByScriptAsync(Subnet, flags);
        Assert.Equal(1, code);
        Assert.Contains("usage: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-k 1X")]
    [InlineData("-k a;b")]
    public async Task A_key_is_a_name(string flags)
    {
        Assert.Equal(1, (await ByScriptAsync(Subnet, flags)).Code);
        Assert.Equal(2, ByCommand(Subnet, flags).Code);
        Assert.False(File.Exists(Output));
    }

    private async Task<(int Code, string Lines, string Error)> ByScriptAsync(string? subnetFile, string flags, params string[] environment)
    {
        var script = Checkout.File("deploy", "docker", "mk-docker-opts.sh");
        var result = await Tool.RunAsync(
            "env", ["-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}", .. environment, "sh", script, .. Words(subnetFile, flags)], null, TestContext.Current.CancellationToken);
        return (result.ExitCode, File.Exists(Output) ? await File.ReadAllTextAsync(Output, TestContext.Current.CancellationToken) : "", result.Error);
    }

    private (int Code, string Lines) ByCommand(string? subnetFile, string flags, params string[] environment)
    {
        File.Delete(Output);
        var variables = environment.Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        var command = new DockerOptionsCommand(new CtlConsole(TextReader.Null, TextWriter.Null, TextWriter.Null, _ => null), () => variables).Build();
        var result = command.Parse(Words(subnetFile, flags));
        Assert.Empty(result.Errors);
        var code = result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        return (code, File.Exists(Output) ? File.ReadAllText(Output) : "");
    }

    private string[] Words(string? subnetFile, string flags)
    {
        var file = Path.Combine(_folder, "subnet.env");
        if (subnetFile is not null)
        {
            File.WriteAllText(file, subnetFile);
        }

        return ["-f", file, "-d", Output, .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }
}
