using Flannel.Testing.Kube;

namespace Flannel.StoreTests.Kube;

/// <summary>A cluster whose API server answers from etcd alone, so that what etcd has forgotten is forgotten.</summary>
public sealed class UncachedKube : SharedKube
{
    protected override KubeClusterOptions ClusterOptions => new() { Arguments = ["--watch-cache=false"] };
}
