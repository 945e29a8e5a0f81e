using System.Text;
using Flannel.Cni;
using Flannel.Cni.PortMapping;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.PortMapping;

/// <summary>A host of its own with a bridge <c>cni0</c>, whose ports both plugins map: ours, and the standard one of Debian as the witness.</summary>
internal sealed class PortmapBed : IDisposable
{
    public const string StandardFolder = "/usr/lib/cni";

    private const string AddressV4 = "{\"interface\":1,\"address\":\"10.5.7.2/24\",\"gateway\":\"10.5.7.1\"}";
    private const string Address = $"\"ips\":[{AddressV4},{{\"interface\":1,\"address\":\"fd05:7::2/64\"}}]";

    private readonly Netns _netns = Netns.Create();
    private readonly string _variant;
    private readonly string _programs;

    /// <param name="variant"><c>-nft</c> or <c>-legacy</c>.</param>
    public PortmapBed(string variant = "-nft")
    {
        _variant = variant;
        _programs = Scratch.NewFolder("iptables");
        foreach (var name in new[] { "iptables", "ip6tables" })
        {
            foreach (var suffix in new[] { "", "-save", "-restore" })
            {
                File.CreateSymbolicLink(Path.Combine(_programs, name + suffix), Tool.Find($"{name}{variant}{suffix}")!);
            }
        }

        Run("ip link set lo up");
        Run("ip link add cni0 type bridge");
        Run("ip link set cni0 up");
        Run("ip address add 10.5.7.1/24 dev cni0");
        Run("ip address add fd05:7::1/64 dev cni0 nodad");
    }

    public static void RequireStandardPlugins() => Assert.SkipWhen(!File.Exists($"{StandardFolder}/portmap"), "needs the package containernetworking-plugins");

    /// <summary>Calls our plugin.</summary>
    public CniResult? Ours(string command, string members, string containerId = "abc123", string previous = Address) => _netns.Run(() =>
    {
        var plugin = new PortmapPlugin(_variant);
        var call = new CniCall
        {
            Command = CniCommand.Add,
            ContainerId = containerId,
            IfName = "eth0",
            Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(Config(members, previous))),
        };
        switch (command)
        {
            case "ADD": return plugin.Add(call);
            case "DEL": plugin.Delete(call); return null;
            case "GC": plugin.CollectGarbage(call); return null;
            default: plugin.Check(call); return null;
        }
    });

    /// <summary>Calls Debian's plugin; what it says when it fails, else null.</summary>
    public string? Standard(string command, string members, string containerId = "abc123", string previous = Address) =>
        Plugin("portmap", command, Config(members, previous), containerId, "/run/netns/x") is { ExitCode: not 0 } result ? result.Output : null;

    /// <summary>Calls Debian's plugin where there is no ip6tables.</summary>
    public string? StandardCheckOfIPv4(string members)
    {
        var programs = Scratch.NewFolder("iptables");
        File.CreateSymbolicLink(Path.Combine(programs, "iptables"), Tool.Find("iptables" + _variant)!);
        return Plugin("portmap", "CHECK", Config(members, $"\"ips\":[{AddressV4}]"), "abc123", "/run/netns/x", programs) is { ExitCode: not 0 } result ? result.Output : null;
    }

    /// <summary>Calls any of Debian's plugins.</summary>
    public ToolResult Plugin(string name, string command, string config, string containerId, string netns, string? path = null)
    {
        KeyValuePair<string, string>[] environment =
        [
            new("CNI_COMMAND", command), new("CNI_CONTAINERID", containerId), new("CNI_NETNS", netns), new("CNI_IFNAME", "eth0"),
            new("CNI_PATH", StandardFolder), new("PATH", path ?? $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}"),
        ];
        return _netns.Run(() => Tool.Run($"{StandardFolder}/{name}", [], config, environment));
    }

    /// <summary>The rules of both families and whether 127.0.0.1 may leave by the bridge, without counters and times.</summary>
    public string State() => Rules("iptables") + Rules("ip6tables") + _netns.Run(() => Sysctl.Get("net/ipv4/conf/cni0/route_localnet"));

    public string Rules(string family) => string.Join('\n', Run($"{family}{_variant}-save -t nat").Split('\n').Where(line => line is not ['#', ..]).Select(WithoutCounters));

    public string Run(string line) => _netns.Run(() =>
    {
        var words = line.Split(' ');
        var result = Tool.Run(words[0], words[1..]);
        Assert.True(result.ExitCode == 0, $"{line}: {result.Error}");
        return result.Output;
    });

    public T Inside<T>(Func<T> action) => _netns.Run(action);

    public void Dispose() => _netns.Dispose();

    // :POSTROUTING ACCEPT [12:720]
    private static string WithoutCounters(string line) => line is [':', ..] ? line[..line.IndexOf('[', StringComparison.Ordinal)] : line;

    private static string Config(string members, string previous) => $$"""
        {"cniVersion":"1.0.0","name":"cbr0","type":"portmap",{{members}}{{(previous.Length == 0 ? "" : $$"""
        ,"prevResult":{"cniVersion":"1.0.0","interfaces":[{"name":"cni0"},{"name":"eth0","sandbox":"/run/netns/x"}],{{previous}}}
        """)}}}
        """;
}
