using System.Net;
using Flannel.Testing;
using Xunit;

namespace Flannel.EndToEndTests.Image;

/// <summary>The daemon in its container: a node of a real cluster, a ServiceAccount with the manifest's ClusterRole, and the rights and mounts of the manifest.</summary>
public sealed class ImageDaemonTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [Deadline(Seconds = 240)]
    [InlineData("nft")]
    [InlineData("legacy")]
    public async Task The_daemon_does_its_work_with_the_rights_of_the_manifest(string variant)
    {
        await using var node = await ImageHost.StartAsync();
        await node.Host.RunAsync($"iptables-{variant}-restore --noflush", "*nat\n-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE\nCOMMIT\n");

        await node.StartDaemonAsync();
        await Eventually.BecomesAsync(() => AskAsync(node, "/readyz"), answer => answer == HttpStatusCode.OK, Patience);

        Assert.Equal(
            "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n",
            await File.ReadAllTextAsync(node.SubnetFile, TestContext.Current.CancellationToken));
        Assert.Contains("10.244.1.0/32", await node.Host.RunAsync("ip address show dev flannel.1"), StringComparison.Ordinal);
        Assert.Contains("-A FLANNEL-POSTRTG", await node.Host.RunAsync($"iptables-{variant}-save"), StringComparison.Ordinal);
        Assert.DoesNotContain("FLANNEL", await node.Host.RunAsync($"iptables-{(variant == "nft" ? "legacy" : "nft")}-save"), StringComparison.Ordinal);
        Assert.Equal(node.Host.Address.ToString(), (await node.Cluster.AnnotationsAsync(node.Host.Name))["flannel.alpha.coreos.com/public-ip"]);
        Assert.DoesNotMatch("(?m)^[WEF]1", await node.LogAsync());

        await node.Docker.RunAsync("stop", ImageHost.Daemon);
        Assert.Equal("0\n", await node.Docker.RunAsync("inspect", "--format={{.State.ExitCode}}", ImageHost.Daemon));
    }

    private static async Task<HttpStatusCode?> AskAsync(ImageHost node, string path)
    {
        try
        {
            return (await Http.GetAsync(node.Host, $"http://{node.Host.Address}:8081{path}")).Status;
        }
        catch (HttpRequestException)
        {
            // It has not started yet, or has ended; the log says why.
            return (await node.Docker.RunAsync("inspect", "--format={{.State.Running}}", ImageHost.Daemon)).Trim() == "true"
                ? null
                : throw new InvalidOperationException(await node.LogAsync());
        }
    }
}
