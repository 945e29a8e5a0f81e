using Flannel.Testing;
using Flannel.Testing.Etcd;
using Xunit;

namespace Flannel.EndToEndTests;

/// <summary>The network configuration may come late, or only at the second attempt.</summary>
public sealed class ConfigurationTests
{
    private const string Config = """{ "Network": "10.5.0.0/16", "Backend": { "Type": "vxlan" } }""";

    [Fact]
    public async Task Daemons_wait_for_a_configuration_that_comes_later()
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(2), config: null);
        foreach (var host in fabric.Network.Hosts)
        {
            await fabric.Launch(host).WaitForLineAsync("no network configuration in the store yet");
        }

        await fabric.PutConfigAsync(Config);

        foreach (var daemon in fabric.Daemons)
        {
            await fabric.AddPodAsync(daemon);
        }

        await Ping.AllReachAllAsync(fabric.Pods);
    }

    [Theory]
    [InlineData("""{ "Network": "10.5.0.0/16" """)]
    [InlineData("""{ "Network": "10.5.0.0/16", "SubnetLen": 40 }""")]
    [InlineData("""{ "Backend": { "Type": "vxlan" } }""")]
    public async Task A_configuration_that_makes_no_sense_is_told_once_and_the_next_one_is_taken(string invalid)
    {
        await using var fabric = await EtcdFabric.CreateAsync(await TestNetwork.CreateAsync(1), invalid);
        var daemon = fabric.Launch(fabric.Network.Hosts[0]);
        await daemon.WaitForLineAsync("the network config is not valid");

        await fabric.PutConfigAsync(Config);

        Assert.StartsWith("10.5.", $"{(await daemon.WaitUntilReadyAsync()).IPv4}", StringComparison.Ordinal);
        Assert.Single(daemon.Lines, line => line.Contains("is not valid", StringComparison.Ordinal));
    }
}
