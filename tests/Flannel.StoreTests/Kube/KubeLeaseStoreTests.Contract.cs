using System.Collections.Concurrent;
using Flannel.Leases;

namespace Flannel.StoreTests.Kube;

// How others write to a cluster.
public sealed partial class KubeLeaseStoreTests
{
    private readonly ConcurrentDictionary<string, bool> _made = [];
    private readonly ConcurrentBag<Daemon> _daemons = [];

    private protected override string ConfigIsMissing => "failed to read net conf";

    private protected override async Task<ILeaseStore> OpenAsync(string subnet)
    {
        await EnsureNodeAsync(subnet);
        var daemon = Opened(new Daemon(shared.Kubeconfig, Node(subnet), _prefix));
        File.Delete(daemon.ConfigFile);
        _daemons.Add(daemon);
        return daemon.Store;
    }

    private protected override int Told(string part) => _daemons.Sum(daemon => daemon.Log.Count(part));

    private protected override string NameOf(string subnet) => $"'{Node(subnet)}'";

    private protected override Task WriteConfigAsync(string text) => Task.WhenAll(_daemons.Select(daemon => File.WriteAllTextAsync(daemon.ConfigFile, text, Token)));

    private protected override async Task PublishAsync(string subnet, LeaseAttributes attributes)
    {
        await EnsureNodeAsync(subnet);
        await AnnotateAsync(
            subnet,
            ("kube-subnet-manager", "true"), ("backend-type", attributes.BackendType), ("backend-data", attributes.BackendData), ("public-ip", attributes.PublicIP!.ToString()));
    }

    private protected override async Task SpoilAsync(string subnet)
    {
        await EnsureNodeAsync(subnet);
        await AnnotateAsync(subnet, ("kube-subnet-manager", "true"), ("backend-data", "garbage"), ("public-ip", "1.1.1.9"));
    }

    private protected override Task StripAsync(string subnet) => AnnotateAsync(subnet, ("kube-subnet-manager", null), ("backend-data", null), ("public-ip", null));

    private protected override Task RemoveAsync(string subnet) => Cluster.DeleteNodeAsync(Node(subnet));

    private protected override async Task GiveAwayAsync(string subnet)
    {
        await RemoveAsync(subnet);
        await Cluster.CreateNodeAsync(Node(subnet), "10.3.77.0/24");
    }

    private Task EnsureNodeAsync(string subnet) => _made.TryAdd(subnet, true) ? Cluster.CreateNodeAsync(Node(subnet), subnet.Replace('-', '/')) : Task.CompletedTask;
}
