using System.Text.Json;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Testing.Cni;
using Xunit;

namespace Flannel.KernelTests.Rtnetlink;

/// <summary>A network namespace of one test's own, seen through our rtnetlink and, as the witness, through the programs ip and bridge.</summary>
internal sealed class KernelHost : IDisposable
{
    private readonly Netns _netns = Netns.Create();

    public KernelHost() => Netlink = _netns.Run(() => new RtnetlinkSocket());

    public RtnetlinkSocket Netlink { get; }

    public Netns Netns => _netns;

    public T Run<T>(Func<T> action) => _netns.Run(action);

    public void Do(RequestVerb verb, object target) => Netlink.Execute(new RtnetlinkRequest(verb, target));

    /// <summary>Runs a line such as <c>ip link add v0 type veth</c> inside.</summary>
    public async Task<string> RunAsync(string line, string? input = null)
    {
        var result = await Tool.RunAsync("nsenter", [$"--net={_netns.Path}", .. line.Split(' ')], input, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, $"{line}: {result.Error}");
        return result.Output;
    }

    /// <summary>Runs a line that answers with a list in JSON; entries that iproute2 leaves empty are left out.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string line)
    {
        var output = await RunAsync(line);
        using var document = JsonDocument.Parse(output.Length == 0 ? "[]" : output);
        return [.. document.RootElement.EnumerateArray().Where(entry => entry.EnumerateObject().Any()).Select(entry => entry.Clone())];
    }

    /// <inheritdoc cref="KernelPicture"/>
    public Task<IReadOnlyList<string>> PictureAsync(params IEnumerable<string> settings) =>
        KernelPicture.OfAsync(line => RunAsync(line), name => Run(() => Sysctl.Get(name)), settings);

    /// <summary>
    /// A device that is up, one end of a veth pair, with addresses and no others: a link-local address would come with its routes when the kernel notices the carrier.
    /// Returns its index.
    /// </summary>
    public async Task<int> AddVethAsync(string name, params IReadOnlyList<string> addresses)
    {
        await RunAsync($"ip link add {name} type veth peer name {name}p");
        await RunAsync($"ip link set {name} addrgenmode none");
        await RunAsync($"ip link set {name} up");
        await RunAsync($"ip link set {name}p up");
        foreach (var address in addresses)
        {
            await RunAsync($"ip address add {address} dev {name} nodad");
        }

        return Netlink.GetLink(name)!.Index;
    }

    /// <summary>A vxlan device that is up; returns its index.</summary>
    public int AddVxlan(string name = "flannel.1")
    {
        Do(RequestVerb.Add, new Link { Name = name, Kind = "vxlan", IsUp = true, Vxlan = new VxlanAttributes { Vni = 1, Port = 8472 } });
        return Netlink.GetLink(name)!.Index;
    }

    public void Dispose()
    {
        Netlink.Dispose();
        _netns.Dispose();
    }
}
