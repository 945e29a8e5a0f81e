using System.Text;
using Flannel.Cni;
using Flannel.Linux;
using Flannel.Testing;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.KernelTests.Cni;

/// <summary>The plugin flannel with the standard plugins as its delegates, on a host and for a pod that are namespaces of the test.</summary>
public sealed class StandardDelegateTests : IDisposable
{
    private const string IPv4 = "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string TwoNetworks = "FLANNEL_NETWORK=10.1.0.0/16,192.168.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\n";
    private const string IPv6 = "FLANNEL_IPV6_NETWORK=fc00::/48\nFLANNEL_IPV6_SUBNET=fc00::1/64\n";

    private readonly string _folder = Scratch.NewFolder("cni");
    private readonly Netns _host = Netns.Create();
    private readonly Netns _pod = Netns.Create();
    private readonly FlannelPlugin _plugin = new();

    private string DataDirectory => Path.Combine(_folder, "flannel");

    private string AddressBook => Path.Combine(_folder, "addresses", "cni-flannel");

    [Theory]
    [Trait("case", "Q1")]
    [Trait("case", "Q2")]
    [Trait("case", "Q3")]
    [Trait("case", "Q4")]
    [InlineData("0.2.0", IPv4, "10.1.17.2/24")]
    [InlineData("1.0.0", IPv4, "10.1.17.2/24")]
    [InlineData("0.3.1", TwoNetworks, "10.1.17.2/24")]
    [InlineData("0.4.0", IPv6, "fc00::2/64")]
    [InlineData("1.0.0", IPv6 + IPv4, "10.1.17.2/24", "fc00::2/64")]
    public void A_pod_gets_an_address_of_each_family_and_gives_it_back(string version, string subnetFile, params string[] addresses)
    {
        File.WriteAllText(Path.Combine(_folder, "subnet.env"), $"{subnetFile}FLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n");

        var result = _host.Run(() => _plugin.Add(Call(CniCommand.Add, version)));

        Assert.Equal(addresses, result.Ips.Select(ip => ip.Address.ToString()));
        Assert.Equal(["c1"], Names(DataDirectory));
        Assert.Equal(addresses.Length, Names(AddressBook).Count(IsAddress));

        _host.Run(() => _plugin.Delete(Call(CniCommand.Del, version)));
        _host.Run(() => _plugin.Delete(Call(CniCommand.Del, version)));

        Assert.Empty(Names(DataDirectory));
        Assert.DoesNotContain(Names(AddressBook), IsAddress);
    }

    public void Dispose()
    {
        _pod.Dispose();
        _host.Dispose();
    }

    private static bool IsAddress(string name) => Cidr.TryParseAddress(name.Replace('_', ':'), out _);

    private static IEnumerable<string> Names(string folder) => Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file));

    private CniCall Call(CniCommand command, string version) => new()
    {
        Command = command,
        ContainerId = "c1",
        Netns = _pod.Path,
        IfName = "eth0",
        Path = CniPrograms.Standard,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes($$"""
            {
              "name": "cni-flannel", "type": "flannel", "cniVersion": "{{version}}", "executeDelegate": true,
              "subnetFile": "{{_folder}}/subnet.env", "dataDir": "{{DataDirectory}}", "ipam": { "dataDir": "{{_folder}}/addresses" }
            }
            """)),
    };
}
