namespace Flannel.Testing.Kube;

public sealed partial class KubeCluster
{
    private readonly List<ChildProcess> _controllers = [];

    /// <summary>Starts a real kube-controller-manager that gives each node without a pod network one, and does nothing else; it ends with the cluster.</summary>
    /// <param name="clusterCidrs">What it gives from: a /24 of IPv4, a /64 of IPv6 to each node; both families by a comma between them.</param>
    /// <param name="arguments">More flags, in the form <c>--name=value</c>.</param>
    public async Task<ChildProcess> StartControllerManagerAsync(string clusterCidrs, params IReadOnlyList<string> arguments)
    {
        var kubeconfig = WriteKubeconfig(new KubeCredentials(_adminToken));
        var controllers = ChildProcess.Start(
            await KubePrograms.ControllerManagerAsync(),
            [
                $"--kubeconfig={kubeconfig}", "--controllers=nodeipam", "--allocate-node-cidrs", $"--cluster-cidr={clusterCidrs}", "--leader-elect=false",
                "--port=0", "--secure-port=0", $"--feature-gates={FeatureGates}", .. arguments,
            ],
            netns: _options.Place?.Netns.Path);
        _controllers.Add(controllers);
        return controllers;
    }

    private async Task DisposeControllersAsync()
    {
        foreach (var controllers in _controllers)
        {
            await controllers.DisposeAsync();
        }
    }
}
