using System.Text.Json.Nodes;
using Flannel.Cni;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.EndToEndTests.Cni;

/// <summary>The runtime of the test bed itself, with plugins that are known to be right: what it calls them with is what makes them work and what makes them complain.</summary>
public sealed class RuntimeTests : IAsyncLifetime
{
    private readonly string _folder = Scratch.NewFolder("addresses");
    private TestNetwork _network = null!;

    private TestHost Host => _network.Hosts[0];

    private IEnumerable<string> HeldAddresses => Directory.EnumerateFiles(Path.Combine(_folder, "blue"), "10.*").Select(Path.GetFileName)!;

    public async ValueTask InitializeAsync() => _network = await TestNetwork.CreateAsync(1);

    public ValueTask DisposeAsync()
    {
        _network.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Pods_it_attaches_reach_each_other_until_it_detaches_them()
    {
        var runtime = NewRuntime();
        using var one = new PodSandbox(Host, "one");
        using var other = new PodSandbox(Host, "other");
        await runtime.AddAsync(one);
        await runtime.AddAsync(other);

        await Ping.AllReachAllAsync([one, other]);
        await runtime.CheckAsync(one);
        Assert.Equal(["10.9.0.2", "10.9.0.3"], HeldAddresses.Order());

        await runtime.DeleteAsync(one);
        await runtime.DeleteAsync(one);
        Assert.Equal(["10.9.0.3"], HeldAddresses);
        Assert.Empty(one.Addresses);
        Assert.NotEqual(0, (await one.TryRunAsync("ip link show eth0")).ExitCode);

        await runtime.DeleteAsync(other, netns: "");
        Assert.Empty(HeldAddresses);
    }

    [Fact]
    public async Task Each_plugin_has_the_result_of_the_one_before_and_the_capabilities_it_declares()
    {
        using var pod = new PodSandbox(Host, "one");
        var offer = new JsonObject { ["portMappings"] = new JsonArray(new JsonObject { ["hostPort"] = 8080, ["containerPort"] = 80, ["protocol"] = "tcp" }) };

        var result = await NewRuntime().AddAsync(pod, offer);

        Assert.Equal("10.9.0.2/24", result.GetProperty("ips")[0].GetProperty("address").GetString());
        var rules = await Host.RunAsync("iptables-save -t nat");
        Assert.Contains("--dport 8080 -j DNAT --to-destination 10.9.0.2:80", rules, StringComparison.Ordinal);

        await NewRuntime().DeleteAsync(pod);
        Assert.DoesNotContain("8080", await Host.RunAsync("iptables-save -t nat"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_plugin_complains_of_is_a_fault_with_its_code_and_words()
    {
        var runtime = NewRuntime();
        using var pod = new PodSandbox(Host, "one");
        await runtime.AddAsync(pod);
        await pod.RunAsync("ip addr flush dev eth0");

        var damaged = await Assert.ThrowsAsync<CniException>(() => runtime.CheckAsync(pod));
        Assert.Contains("10.9.0.2", damaged.Message, StringComparison.Ordinal);

        var malformed = await Assert.ThrowsAsync<CniException>(() => runtime.AddAsync(pod, ifName: "a/b"));
        Assert.Equal(CniException.InvalidEnvironment, malformed.Code);
    }

    [Fact]
    public async Task A_plugin_may_be_killed_at_its_work()
    {
        var runtime = new CniRuntime(Host, ConfigList, CniPrograms.Standard) { Launcher = ["timeout", "--signal=KILL", "0.000001"] };
        using var pod = new PodSandbox(Host, "one");

        var killed = await Assert.ThrowsAsync<CommandException>(() => runtime.AddAsync(pod));

        Assert.Contains("ADD bridge", killed.Message, StringComparison.Ordinal);
        await NewRuntime().DeleteAsync(pod);
    }

    private CniRuntime NewRuntime() => new(Host, ConfigList, CniPrograms.Standard);

    private string ConfigList => $$"""
        {
          "cniVersion": "1.0.0",
          "name": "blue",
          "plugins": [
            { "type": "bridge", "isGateway": true, "capabilities": { "ips": true },
              "ipam": { "type": "host-local", "subnet": "10.9.0.0/24", "dataDir": "{{_folder}}" } },
            { "type": "portmap", "capabilities": { "portMappings": true } }
          ]
        }
        """;
}
