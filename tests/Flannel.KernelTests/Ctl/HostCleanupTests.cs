using Flannel.Config;
using Flannel.Daemon.Ctl;
using Flannel.Firewall;
using Flannel.Linux;
using Flannel.Linux.Firewall;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Flannel.KernelTests.Ctl;

public sealed class HostCleanupTests : IDisposable
{
    private static readonly CancellationToken Deadline = TestContext.Current.CancellationToken;

    private readonly Netns _host = Netns.Create();
    private readonly string _subnetFile = Path.Combine(Scratch.NewFolder("cleanup"), "subnet.env");

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task What_flannel_made_is_named_then_removed_and_the_rest_stays()
    {
        await PrepareAsync();
        using var kernel = _host.Run(() => new RtnetlinkSocket());
        var cleanup = Cleanup(kernel);

        var steps = await cleanup.PlanAsync(all: false, Deadline);
        Assert.Equal(
            [
                "nft delete table ip flannel-ipv4",
                "ip route delete 10.5.8.0/24 via 10.5.8.0 dev flannel.7 proto 102 onlink",
                "ip link delete flannel.7",
                "ip link delete flannel-v6.7",
                $"rm {_subnetFile}",
                $"rm {DaemonState.FileBeside(_subnetFile)}",
            ],
            steps.SelectMany(step => step.Commands));

        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, await CleanupCommand.RunAsync(steps, acts: false, output, error, Deadline));
        Assert.Equal("Nothing was changed; add --yes to remove this.\n", error.ToString());
        Assert.Equal(steps.Sum(step => step.Commands.Count), (await cleanup.PlanAsync(all: false, Deadline)).Sum(step => step.Commands.Count));

        Assert.Equal(0, await CleanupCommand.RunAsync(steps, acts: true, output, error, Deadline));
        Assert.Empty(await cleanup.PlanAsync(all: false, Deadline));
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(_subnetFile)!));
        Assert.Equal(["flannel.8", "flannel.x", "lo", "veth0", "veth1"], kernel.ListLinks().Select(link => link.Name).Order(StringComparer.Ordinal));
        Assert.Contains("10.5.9.0/24", await RunAsync("ip", "route"), StringComparison.Ordinal);
        Assert.Contains("flannel-like", await RunAsync("nft", "list", "tables"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Routes_of_the_original_are_removed_when_asked_for()
    {
        await PrepareAsync();
        using var kernel = _host.Run(() => new RtnetlinkSocket());
        var steps = await Cleanup(kernel).PlanAsync(all: true, Deadline);

        Assert.Equal(
            ["ip route delete 10.5.8.0/24 via 10.5.8.0 dev flannel.7 proto 102 onlink", "ip route delete 10.5.9.0/24 via 192.0.2.9 dev veth0 proto boot"],
            steps.SelectMany(step => step.Commands).Where(command => command.StartsWith("ip route", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_step_that_fails_does_not_keep_the_others_back()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        CleanupStep[] steps =
        [
            new(["ip link delete a"], _ => throw new NetlinkException("ip link delete a", Errnos.EPERM, null)),
            new(["ip link delete b"], _ => Task.CompletedTask),
        ];

        Assert.Equal(1, await CleanupCommand.RunAsync(steps, acts: true, output, error, Deadline));
        Assert.Equal("ip link delete b\n", output.ToString());
        Assert.StartsWith("flannelctl: ip link delete a: ", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("Not all of it could be removed.\n", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Things of ours, and beside each one that only looks like it.</summary>
    private async Task PrepareAsync()
    {
        await RunAsync("ip", "-batch", "-", """
            link add veth0 type veth peer name veth1
            link set veth0 up
            link set veth1 up
            address add 192.0.2.1/24 dev veth0
            link add flannel.7 type vxlan id 7 dstport 8472 local 192.0.2.1
            link add flannel-v6.7 type vxlan id 7 dstport 8472 local 2001:db8::1
            link add flannel.8 type bridge
            link add flannel.x type vxlan id 9 dstport 8473 local 192.0.2.1
            link set flannel.7 up
            route add 10.5.8.0/24 via 10.5.8.0 dev flannel.7 onlink proto 102
            route add 10.5.9.0/24 via 192.0.2.9
            route add 10.6.0.0/24 via 192.0.2.9
            """);
        await RunAsync("nft", "-f", "-", "add table ip flannel-ipv4\nadd table ip flannel-like\n");
        await File.WriteAllTextAsync(_subnetFile, "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5.7.1/24\n", Deadline);
        await File.WriteAllTextAsync(DaemonState.FileBeside(_subnetFile), "{}", Deadline);
    }

    private HostCleanup Cleanup(RtnetlinkSocket kernel)
    {
        var host = new FirewallHost(Tool.Find, (file, arguments, input, token) => Tool.RunAsync("nsenter", [$"--net={_host.Path}", file, .. arguments], input, token),
            () => _host.Run(() => new NftablesNotifications()));
        return new HostCleanup(kernel, new FirewallKeeper(new FirewallOptions(), [], host, TimeProvider.System, NullLogger<FirewallKeeper>.Instance), _subnetFile);
    }

    private async Task<string> RunAsync(string file, params string[] words)
    {
        var hasInput = words.Contains("-");
        string[] arguments = [$"--net={_host.Path}", file, .. hasInput ? words[..^1] : words];
        var result = await Tool.RunAsync("nsenter", arguments, hasInput ? words[^1] : null, Deadline);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }
}
