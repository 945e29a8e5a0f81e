using System.Net;
using Flannel.Linux;
using Flannel.Linux.Rtnetlink;
using Flannel.Stores.Etcd;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>
/// The least that can turn a lease into a route: a watch of etcd, and one batch of netlink requests for each event. It checks nothing, keeps nothing and repairs nothing,
/// so what it takes longer among many peers is etcd's and the kernel's part. Runs as a process of its own on the host, as the daemon does.
/// </summary>
internal sealed class BareFollower : IAsyncDisposable
{
    /// <summary>The first word of the command line that makes this program such a process.</summary>
    public const string Command = "follow-bare";

    private const string Ready = "following";

    private readonly ChildProcess _process;

    private BareFollower(ChildProcess process) => _process = process;

    public IReadOnlyList<string> Lines => _process.Lines;

    /// <summary>Starts it; the peers that etcd has already are the caller's to install.</summary>
    public static async Task<BareFollower> StartAsync(Site site, string backend)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Flannel.Bench.dll");
        var process = ChildProcess.Start(Environment.ProcessPath!, [.. Runtime(program), Command, site.Etcd.Endpoint, backend], netns: site.Host.Netns.Path);
        await process.WaitForLineAsync(line => line == Ready);
        return new BareFollower(process);
    }

    /// <summary>Follows until it is killed.</summary>
    public static async Task RunAsync(Uri endpoint, string backend)
    {
        await using var etcd = new EtcdClient(new EtcdOptions { Endpoints = [endpoint] });
        using var kernel = new RtnetlinkSocket();
        var device = kernel.GetLink(backend == "vxlan" ? "flannel.1" : "eth0")!.Index;
        var results = new NetlinkException?[3];
        var present = await etcd.GetAsync(Peer.KeyPrefix, isPrefix: true, CancellationToken.None);
        await foreach (var batch in etcd.WatchAsync(Peer.KeyPrefix, isPrefix: true, present.Revision + 1, CancellationToken.None))
        {
            if (batch.Events.Count == 0)
            {
                Console.WriteLine(Ready);
            }

            foreach (var change in batch.Events)
            {
                kernel.Execute(Requests(Peer.Of(change.Item.Key), backend, device, change.IsDelete ? RequestVerb.Delete : RequestVerb.Replace), results);
            }
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // The program's own launcher needs no more; "dotnet" needs the program.
    private static string[] Runtime(string program) => Path.GetFileName(Environment.ProcessPath) == "dotnet" ? [program] : [];

    private static RtnetlinkRequest[] Requests(Peer peer, string backend, int device, RequestVerb verb)
    {
        var subnet = Cidr.Parse(peer.Subnet);
        if (backend != "vxlan")
        {
            return [new(verb, new Route { Destination = subnet, Gateway = IPAddress.Parse(peer.PublicIP), LinkIndex = device })];
        }

        var mac = MacAddress.Parse(peer.Mac);
        return
        [
            new(verb, new FdbEntry(device, mac, IPAddress.Parse(peer.PublicIP))),
            new(verb, new Neighbour(device, subnet.Address, mac)),
            new(verb, new Route { Destination = subnet, Gateway = subnet.Address, LinkIndex = device, OnLink = true }),
        ];
    }
}
