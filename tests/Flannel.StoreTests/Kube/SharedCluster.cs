using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Kube;

/// <summary>One cluster for the tests of a class. Each keeps to nodes and annotations of its own.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private KubeCluster? _cluster;

    public KubeCluster Cluster => _cluster!;

    /// <summary>The kubeconfig file of a daemon.</summary>
    public string Kubeconfig { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _cluster = await KubeCluster.StartAsync();
        Kubeconfig = await FlannelAccount.CreateAsync(_cluster);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
}
