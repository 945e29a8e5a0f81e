using Flannel.Testing.Kube;
using Xunit;

namespace Flannel.StoreTests.Deploy;

/// <summary>One API server for all tests of a class, with the namespace that the manifests are for: a server that only tries a manifest does not make it.</summary>
public sealed class DeployCluster : IAsyncLifetime
{
    public KubeCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await KubeCluster.StartAsync();
        await Cluster.ApplyAsync("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: kube-flannel }
            """);
    }

    /// <summary>Has the server judge a manifest, every object of it, without keeping any.</summary>
    /// <returns>A line per object, as in <c>daemonset.apps/kube-flannel-ds created (server dry run)</c>.</returns>
    public Task<string> TryAsync(string manifest) => Cluster.KubectlAsync(["apply", "--dry-run=server", "-f", "-"], manifest);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}
