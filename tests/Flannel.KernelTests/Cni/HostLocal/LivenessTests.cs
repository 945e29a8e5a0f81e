using Flannel.Cni;
using Flannel.Cni.HostLocal;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.HostLocal;

public sealed class LivenessTests
{
    [Fact]
    public async Task An_address_lives_while_a_process_is_in_a_namespace_that_has_it()
    {
        using var container = Netns.Create();
        await RunAsync(container, "ip", "address", "add", "10.213.77.2/24", "dev", "lo");
        await RunAsync(container, "ip", "address", "add", "fd00:d5:4d::2/64", "dev", "lo");
        await using (ChildProcess.Start("sleep", ["60"], netns: container.Path))
        {
            await Eventually.IsTrueAsync(() => Liveness.Survey().IsLive(Reservation("10.213.77.2")));
            Assert.True(Liveness.Survey().IsLive(Reservation("fd00:d5:4d::2")));
            Assert.False(Liveness.Survey().IsLive(Reservation("10.213.77.3")));
        }

        Assert.False(Liveness.Survey().IsLive(Reservation("10.213.77.2")));
    }

    private static Reservation Reservation(string address) => new("", Cidr.Parse($"{address}/{(address.Contains(':', StringComparison.Ordinal) ? 128 : 32)}"), new CniAttachment("c", "eth0"));

    private static async Task RunAsync(Netns netns, params string[] words)
    {
        var result = await Tool.RunAsync("nsenter", [$"--net={netns.Path}", .. words], cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
