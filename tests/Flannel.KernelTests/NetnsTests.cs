using System.Net.NetworkInformation;
using Flannel.Linux;
using Xunit;

namespace Flannel.KernelTests;

public sealed class NetnsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_new_namespace_has_only_a_loopback_device_that_is_down()
    {
        using var netns = Netns.Create();

        var names = netns.Run(() => File.ReadLines("/proc/thread-self/net/dev").Skip(2).Select(line => line.Split(':')[0].Trim()).ToList());

        Assert.Equal(["lo"], names);
    }

    [Fact]
    public async Task Its_path_lets_other_programs_enter()
    {
        using var netns = Netns.Create();

        var inside = await Tool.RunAsync("nsenter", [$"--net={netns.Path}", "readlink", "/proc/self/ns/net"], cancellationToken: Token);

        Assert.Equal(netns.Run(OwnNamespace), inside.Output.Trim());
    }

    [Fact]
    public void The_calling_thread_stays_where_it_was()
    {
        using var netns = Netns.Create();
        var before = OwnNamespace();

        var inside = netns.Run(OwnNamespace);

        Assert.NotEqual(before, inside);
        Assert.Equal(before, OwnNamespace());
    }

    [Fact]
    public void An_exception_inside_reaches_the_caller()
    {
        using var netns = Netns.Create();

        Assert.Throws<NetworkInformationException>(() => netns.Run(() => throw new NetworkInformationException(5)));
    }

    [Fact]
    public void A_file_that_is_no_namespace_is_refused()
    {
        using var netns = Netns.Open("/etc/passwd");

        Assert.Equal(Errnos.EINVAL, Assert.Throws<LinuxException>(() => netns.Run(() => { })).Errno);
        Assert.Equal(Errnos.ENOENT, Assert.Throws<LinuxException>(() => Netns.Open("/nowhere/at/all")).Errno);
    }

    [Fact]
    public void It_vanishes_with_its_holder()
    {
        var netns = Netns.Create();
        var (path, name) = (netns.Path, netns.Run(OwnNamespace));
        Assert.Equal(name, File.ResolveLinkTarget(path, false)!.Name);

        netns.Dispose();

        // The number may already be another test's file.
        Assert.NotEqual(name, new FileInfo(path).LinkTarget);
    }

    private static string OwnNamespace() => File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name;
}
