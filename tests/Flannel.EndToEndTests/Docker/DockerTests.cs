using System.Net;
using System.Net.Sockets;
using Flannel.Testing;
using Flannel.Testing.Docker;
using Xunit;

namespace Flannel.EndToEndTests.Docker;

/// <summary>Real dockerds on flannel's subnets, one on each of two hosts: what their containers have, whom they reach, and as whom they are seen.</summary>
public abstract class DockerTests(DockerPair pair)
{
    private const string Skipped = "there is no dockerd: docker.io cannot be had";
    private const int TransferLength = 1 << 20;

    private DockerContainer One => pair.Containers[0];

    private DockerContainer Other => pair.Containers[1];

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task Containers_have_addresses_of_their_hosts_leases_and_the_promised_mtu()
    {
        foreach (var (daemon, container) in pair.Daemons.Zip(pair.Containers))
        {
            var subnet = daemon.Subnet;
            Assert.Equal(pair.Shape.LargestPacket(AddressFamily.InterNetwork), subnet.Mtu);
            Assert.True(subnet.IPv4.Contains(container.Address), $"{container.Address} is not in {subnet.IPv4}");
            var eth0 = (await container.ReadAsync("ip -j address show dev eth0"))[0];
            Assert.Equal(subnet.Mtu, eth0.GetProperty("mtu").GetInt32());
            Assert.Equal(subnet.IPv4.PrefixLength, eth0.GetProperty("addr_info")[0].GetProperty("prefixlen").GetInt32());
            Assert.Equal($"default via {subnet.IPv4.Address} dev eth0", (await container.RunAsync("ip route show default")).Trim());
            Assert.Contains($"inet {subnet.IPv4} ", await daemon.Host.RunAsync("ip address show dev docker0"), StringComparison.Ordinal);
        }
    }

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task Containers_reach_each_other_as_themselves_although_docker_drops_what_it_does_not_know()
    {
        foreach (var daemon in pair.Daemons)
        {
            Assert.Contains("-P FORWARD DROP", await daemon.Host.RunAsync("iptables -S FORWARD"), StringComparison.Ordinal);
        }

        await Ping.AllReachAllAsync(pair.Containers);
        foreach (var (from, to) in new[] { (One, Other), (Other, One) })
        {
            Assert.Equal(from.Address, (await TcpTransfer.RunAsync(from, to, to.Address, TransferLength)).Source);
            await Eventually.IsTrueAsync(() => Ping.PassesAsync(from, to.Address, pair.Shape.LargestPacket(AddressFamily.InterNetwork)));
        }

        await pair.Engines[0].RunAsync("exec", "stays", "ping", "-c", "1", "-W", "5", Other.Address.ToString());
    }

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task The_outside_sees_the_address_of_the_containers_host()
    {
        foreach (var (daemon, container) in pair.Daemons.Zip(pair.Containers))
        {
            Assert.Equal(daemon.Host.Address, (await TcpTransfer.RunAsync(container, pair.Outside, pair.OutsideAddress, 1)).Source);
            // Docker was told to leave it to flannel.
            Assert.DoesNotContain("-o docker0 -j MASQUERADE", await daemon.Host.RunAsync("iptables -t nat -S"), StringComparison.Ordinal);
        }
    }

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task A_published_port_is_reached_from_outside_and_from_a_container_elsewhere()
    {
        using var server = await pair.Engines[0].StartContainerAsync(
            "serves", ["--publish=8080:80"], "sh", "-c", "echo here >/index.html; exec httpd -f -p 80");
        var url = $"http://{pair.Daemons[0].Host.Address}:8080/";

        Assert.Equal("here\n", await ReadAsync(pair.Outside, url));
        Assert.Equal("here\n", await ReadAsync(Other, url));
        Assert.Equal("here\n", await ReadAsync(Other, $"http://{server.Address}/"));
        await pair.Engines[0].RunAsync("rm", "--force", "serves");
    }

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task A_restart_of_flanneld_loses_no_packet_of_containers()
    {
        var daemon = pair.Daemons[0];
        var subnet = daemon.Subnet;
        await Ping.AllReachAllAsync(pair.Containers);
        await using var traffic = ContinuousPing.Start(One, Other.Address);

        await daemon.StopAsync();
        await traffic.FlowAsync();
        await daemon.RestartAsync();
        Assert.Equal(subnet, await daemon.WaitUntilReadyAsync());
        await traffic.FlowAsync();

        Assert.Empty(await traffic.StopAsync());
    }

    [Theory(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    [InlineData(Signal.SIGTERM)]
    [InlineData(Signal.SIGKILL)]
    public async Task A_restart_of_dockerd_loses_no_packet_of_containers(Signal signal)
    {
        await Ping.AllReachAllAsync(pair.Containers);
        await using var traffic = ContinuousPing.Start(One, Other.Address);

        await pair.Engines[1].RestartAsync(signal);
        await traffic.FlowAsync();

        Assert.Empty(await traffic.StopAsync());
    }

    [Fact(Skip = Skipped, SkipType = typeof(DockerEngine), SkipUnless = nameof(DockerEngine.CanRun))]
    public async Task A_container_that_is_started_anew_is_connected_again()
    {
        var engine = pair.Engines[0];
        using (var before = await engine.StartContainerAsync("restarts", [], "sleep", "infinity"))
        {
            await Ping.AllReachAllAsync([before, Other]);
        }

        await engine.RunAsync("restart", "--time=0", "restarts");

        using var after = await engine.OpenContainerAsync("restarts");
        await Ping.AllReachAllAsync([after, Other]);
        await engine.RunAsync("rm", "--force", "restarts");
    }

    private static async Task<string> ReadAsync(Node from, string url)
    {
        HttpAnswer? answer = null;
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                answer = await Http.GetAsync(from, url);
                return answer.Status == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                // The server in the container is still starting.
                return false;
            }
        });
        return answer!.Body;
    }
}
