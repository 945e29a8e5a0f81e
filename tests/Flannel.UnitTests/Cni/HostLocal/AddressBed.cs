using System.Text;
using Flannel.Cni;
using Flannel.Cni.HostLocal;
using Flannel.Testing;

namespace Flannel.UnitTests.Cni.HostLocal;

/// <summary>The plugin host-local on a data directory of one test's own.</summary>
internal sealed class AddressBed
{
    private readonly HostLocalPlugin _plugin = new();

    public AddressBed(string ipam = """ "subnet":"10.1.2.0/29" """) => Ipam = ipam;

    /// <summary>The members of <c>ipam</c>, less <c>dataDir</c>.</summary>
    public string Ipam { get; set; }

    public string DataDirectory { get; } = Scratch.NewFolder("ipam");

    public string Book => Path.Combine(DataDirectory, "net");

    /// <summary>The names of the files of the book but its lock.</summary>
    public IReadOnlyList<string> Files =>
        Directory.Exists(Book) ? [.. Directory.EnumerateFiles(Book).Select(path => Path.GetFileName(path)).Where(name => name != "lock").Order(StringComparer.Ordinal)] : [];

    /// <summary>The addresses given out, with their lengths.</summary>
    public IReadOnlyList<string> Add(string container, string arguments = "") => [.. _plugin.Add(Call(container, arguments)).Ips.Select(address => $"{address.Address}")];

    public CniException RefusedAdd(string container, string arguments = "") => Xunit.Assert.Throws<CniException>(() => Add(container, arguments));

    public void Delete(string container) => _plugin.Delete(Call(container));

    public void Check(string container) => _plugin.Check(Call(container));

    public void CollectGarbage(params string[] valid) => _plugin.CollectGarbage(Call("", extra:
        $""","cni.dev/valid-attachments":[{string.Join(',', valid.Select(container => $$"""{"containerID":"{{container}}","ifname":"eth0"}"""))}]"""));

    public void ReportStatus() => _plugin.ReportStatus(Call(""));

    public void Write(string name, string content)
    {
        Directory.CreateDirectory(Book);
        File.WriteAllText(Path.Combine(Book, name), content);
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Book, name));

    public CniCall Call(string container, string arguments = "", string extra = "") => new()
    {
        Command = CniCommand.Add,
        ContainerId = container,
        IfName = "eth0",
        Netns = "/nowhere",
        Args = arguments,
        Config = PluginConfig.Parse(Encoding.UTF8.GetBytes(
            $$"""{"cniVersion":"1.1.0","name":"net","type":"bridge","ipam":{"type":"host-local","dataDir":"{{DataDirectory}}",{{Ipam}}}{{extra}}}""")),
    };
}
