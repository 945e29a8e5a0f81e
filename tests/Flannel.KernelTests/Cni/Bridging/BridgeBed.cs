using System.Buffers;
using System.Text;
using System.Text.Json;
using Flannel.Cni;
using Flannel.Cni.Bridging;
using Flannel.KernelTests.Rtnetlink;
using Flannel.Linux;
using Flannel.Testing;
using Xunit;

namespace Flannel.KernelTests.Cni.Bridging;

/// <summary>A node and its containers, each a namespace of the test's own, and an address book for host-local. Plugins are called as a runtime does, ours in this process.</summary>
internal sealed class BridgeBed : IDisposable
{
    private const string StandardPlugins = "/usr/lib/cni";

    private readonly List<KernelHost> _pods = [];
    private readonly string _books = Scratch.NewFolder("cni");

    public BridgeBed()
    {
        // Duplicate address detection takes seconds on devices that no test looks at.
        Node.Run(() => Sysctl.TrySet("net/ipv6/conf/default/accept_dad", "0"));
        Assert.SkipUnless(File.Exists($"{StandardPlugins}/bridge"), "needs containernetworking-plugins");
    }

    public KernelHost Node { get; } = new();

    public KernelHost AddPod()
    {
        var pod = new KernelHost();
        _pods.Add(pod);
        return pod;
    }

    /// <summary>A configuration of type bridge: the members given, besides name, version, and ipam of host-local with the subnets.</summary>
    public JsonElement Config(string members, params IReadOnlyList<string> subnets)
    {
        var ranges = string.Join(',', subnets.Select(subnet => $$"""[{"subnet":"{{subnet}}"}]"""));
        var ipam = subnets.Count == 0 ? "" : $$""","ipam":{"type":"host-local","dataDir":"{{_books}}","ranges":[{{ranges}}]}""";
        return JsonElement.Parse($$"""{"cniVersion":"1.0.0","name":"net","type":"bridge"{{(members.Length == 0 ? "" : ",")}}{{members}}{{ipam}}}""");
    }

    /// <summary>The result as the runtime gets it.</summary>
    public JsonElement Add(PluginMaker maker, KernelHost pod, JsonElement config, string container = "c1", string arguments = "")
    {
        if (maker == PluginMaker.Debian)
        {
            return JsonElement.Parse(Run("ADD", pod.Netns.Path, config, container, arguments));
        }

        var call = CallOf(CniCommand.Add, pod.Netns.Path, config, container) with { Args = arguments };
        var result = Node.Run(() => PluginOf(call).Add(call));
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, CniResultJson.DocumentOptions))
        {
            CniResultJson.Write(json, result, call.Config.CniVersion);
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }

    public void Delete(PluginMaker maker, string netns, JsonElement config, string container = "c1")
    {
        if (maker == PluginMaker.Debian)
        {
            Run("DEL", netns, config, container);
            return;
        }

        var call = CallOf(CniCommand.Del, netns, config, container);
        Node.Run(() => { PluginOf(call).Delete(call); return 0; });
    }

    /// <summary>Throws what differs.</summary>
    public void Check(PluginMaker maker, KernelHost pod, JsonElement config, JsonElement result, string container = "c1")
    {
        var whole = config.GetRawText();
        config = JsonElement.Parse($"{whole[..^1]},\"prevResult\":{result.GetRawText()}}}");
        if (maker == PluginMaker.Debian)
        {
            Run("CHECK", pod.Netns.Path, config, container);
            return;
        }

        var call = CallOf(CniCommand.Check, pod.Netns.Path, config, container);
        Node.Run(() => { PluginOf(call).Check(call); return 0; });
    }

    /// <summary>The addresses that are in the book of network <c>net</c>.</summary>
    public IReadOnlyList<string> Leased() =>
        !Directory.Exists($"{_books}/net") ? [] :
        [.. Directory.EnumerateFiles($"{_books}/net").Select(file => Path.GetFileName(file)).Where(name => name != "lock" && !name.StartsWith("last_", StringComparison.Ordinal)).Order()];

    public void Dispose()
    {
        foreach (var pod in _pods)
        {
            pod.Dispose();
        }

        Node.Dispose();
    }

    private static CniPlugin PluginOf(CniCall call) => call.Config.Type == "loopback" ? new LoopbackPlugin() : new BridgePlugin();

    private static CniCall CallOf(CniCommand command, string netns, JsonElement config, string container) => new()
    {
        Command = command,
        ContainerId = container,
        Netns = netns,
        IfName = "eth0",
        Path = StandardPlugins,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(config.GetRawText())),
    };

    private string Run(string command, string netns, JsonElement config, string container, string arguments = "")
    {
        var program = $"{StandardPlugins}/{config.GetProperty("type").GetString()}";
        KeyValuePair<string, string>[] environment =
        [
            new("CNI_COMMAND", command), new("CNI_CONTAINERID", container), new("CNI_NETNS", netns), new("CNI_IFNAME", "eth0"),
            new("CNI_ARGS", arguments), new("CNI_PATH", StandardPlugins),
        ];
        var result = Node.Run(() => Tool.Run(program, [], config.GetRawText(), environment));
        return result.ExitCode == 0 ? result.Output : throw new CniException(CniException.Internal, result.Output, result.Error);
    }
}
