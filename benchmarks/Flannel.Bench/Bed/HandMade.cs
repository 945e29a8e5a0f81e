using System.Diagnostics;
using Flannel.Testing;

namespace Flannel.Bench.Bed;

/// <summary>What flannel makes, made by <c>ip</c> and <c>bridge</c>: what can be had on this machine at this moment.</summary>
internal sealed class HandMade(Node node, string backend, IReadOnlyList<Peer> peers)
{
    private const int VxlanMtu = 1500 - 50;

    private readonly string _folder = Scratch.NewFolder("batch");

    /// <summary>The device that the objects are put on; not part of the time.</summary>
    public Task PrepareAsync() => backend == "vxlan" ? node.ConfigureAsync(Device(Peer.OwnAddress)) : Task.CompletedTask;

    /// <summary>All objects, as <c>ip -batch</c> and <c>bridge -batch</c> install them.</summary>
    public async Task<TimeSpan> InstallAsync()
    {
        var duration = await TimeAsync("ip", peers.SelectMany(peer => peer.Additions(backend)));
        return backend == "vxlan" ? duration + await TimeAsync("bridge", peers.Select(peer => peer.Forwarding)) : duration;
    }

    /// <summary>Removes the routes alone.</summary>
    public Task<TimeSpan> RemoveRoutesAsync() => TimeAsync("ip", peers.Select(peer => $"route del {peer.Subnet}"));

    /// <summary>Removes what is left.</summary>
    public Task CleanAsync() => backend == "vxlan" ? node.ConfigureAsync("link del flannel.1") : Task.CompletedTask;

    /// <summary>The vxlan device with nothing on it.</summary>
    public static IEnumerable<string> Device(string local) =>
    [
        $"link add flannel.1 mtu {VxlanMtu} type vxlan id 1 dev eth0 local {local} dstport 8472 nolearning",
        "link set flannel.1 up",
    ];

    private async Task<TimeSpan> TimeAsync(string program, IEnumerable<string> lines)
    {
        var file = Path.Combine(_folder, program);
        await File.WriteAllLinesAsync(file, lines);
        var started = Stopwatch.GetTimestamp();
        await node.RunAsync($"{program} -batch {file}");
        return Stopwatch.GetElapsedTime(started);
    }
}
