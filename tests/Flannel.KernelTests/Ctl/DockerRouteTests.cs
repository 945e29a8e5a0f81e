using System.CommandLine;
using Flannel.Daemon.Ctl;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Ctl;

/// <summary>mk-docker-opts.sh and flannelctl docker-opts on a host that routes the subnet elsewhere. The output is written all the same.</summary>
public sealed class DockerRouteTests : IDisposable
{
    private const string Line = "DOCKER_OPTS=\" --bip=10.1.74.1/24\"\n";

    private readonly Netns _host = Netns.Create();
    private readonly string _folder = Scratch.NewFolder("docker");

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("10.1.74.0/24 via 192.0.2.2", true)]
    [InlineData("110.1.74.0/24 via 192.0.2.2", false)]
    [InlineData("10.1.74.0/24 dev veth0", false)]
    public async Task A_route_to_the_subnet_through_another_host_is_named(string route, bool isNamed)
    {
        await RunAsync("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1");
        await RunAsync("ip", "link", "set", "veth0", "up");
        await RunAsync("ip", "address", "add", "192.0.2.1/24", "dev", "veth0");
        await RunAsync(["ip", "route", "add", .. route.Split(' ')]);
        var (subnet, output) = (Path.Combine(_folder, "subnet.env"), Path.Combine(_folder, "docker_opts.env"));
        await File.WriteAllTextAsync(subnet, "FLANNEL_SUBNET=10.1.74.1/24\n", TestContext.Current.CancellationToken);
        string[] flags = ["-f", subnet, "-d", output, "-c"];

        var script = await RunAsync(["sh", Checkout.File("deploy", "docker", "mk-docker-opts.sh"), .. flags]);
        Assert.Equal((isNamed ? 1 : 0, isNamed), (script.ExitCode, script.Error.Contains(route, StringComparison.Ordinal)));
        Assert.Equal(Line, await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));

        File.Delete(output);
        Assert.Equal(isNamed, _host.Run(() => Record.Exception(() => Command(flags))) is HostException fault && fault.Message.Contains(route, StringComparison.Ordinal));
        Assert.Equal(Line, await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
    }

    private static int Command(string[] flags) =>
        new DockerOptionsCommand(new CtlConsole(TextReader.Null, TextWriter.Null, TextWriter.Null, _ => null), () => new Dictionary<string, string>())
            .Build().Parse(flags).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

    private Task<ToolResult> RunAsync(params string[] words) =>
        Tool.RunAsync("nsenter", [$"--net={_host.Path}", .. words], cancellationToken: TestContext.Current.CancellationToken);
}
