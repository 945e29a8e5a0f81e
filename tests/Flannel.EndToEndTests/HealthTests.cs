using System.Net;
using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>What the daemon tells those who watch over it, and what it never tells.</summary>
[Trait("case", "T")]
public sealed class HealthTests
{
    private const string Config = """{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""";

    [Fact]
    public async Task The_probes_follow_the_daemon_from_its_start_until_it_is_ready()
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(1), config: null);
        var host = fabric.Network.Hosts[0];
        var daemon = fabric.Launch(host, "--healthz-port=8471", $"--healthz-ip={host.Address}");
        await daemon.WaitForLineAsync("no network configuration in the store yet");

        Assert.Equal(new HttpAnswer(HttpStatusCode.OK, "flanneld is running"), await AskAsync(host, "/healthz"));
        var waiting = await AskAsync(host, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, waiting.Status);
        Assert.Equal("flanneld is not ready yet\nwaiting for the network config\n", waiting.Body);
        Assert.False(daemon.HasNotified("READY=1"));

        await fabric.PutConfigAsync(Config);
        await daemon.WaitUntilReadyAsync();

        Assert.Equal(new HttpAnswer(HttpStatusCode.OK, "flanneld is ready"), await AskAsync(host, "/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(host, "/metrics-of-another-program")).Status);
    }

    [Fact]
    public async Task A_password_is_used_and_never_logged()
    {
        const string Password = "s3cret-of-the-fabric";
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(1), Config);
        await fabric.Etcd.EnableAuthenticationAsync("flannel", Password, EtcdFabric.Prefix);
        var daemon = fabric.Launch(fabric.Network.Hosts[0], "--etcd-username=flannel", $"--etcd-password={Password}", "-v=10");

        await daemon.WaitUntilReadyAsync();
        await daemon.StopAsync();

        Assert.Contains(daemon.Lines, line => line.Contains("etcd-password=", StringComparison.Ordinal));
        Assert.DoesNotContain(daemon.Lines, line => line.Contains(Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_never_logged()
    {
        const string Password = "not-the-secret-of-the-fabric";
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(1), Config);
        await fabric.Etcd.EnableAuthenticationAsync("flannel", "another", EtcdFabric.Prefix);
        var daemon = fabric.Launch(fabric.Network.Hosts[0], "--etcd-username=flannel", $"--etcd-password={Password}", "-v=10");

        Assert.Equal(1, await daemon.WaitForExitAsync());

        Assert.Matches("^F.*authentication failed", daemon.Lines[^1]);
        Assert.DoesNotContain(daemon.Lines, line => line.Contains(Password, StringComparison.Ordinal));
    }

    private static Task<HttpAnswer> AskAsync(TestHost host, string path) => Http.GetAsync(host, $"http://{host.Address}:8471{path}");
}
