using Flannel.Testing;

namespace Flannel.EndToEndTests.Docker;

/// <summary>Over the hosts as gateways; flannelctl makes the options.</summary>
public sealed class HostGwPair() : DockerPair("host-gw")
{
    protected override Task WriteOptionsAsync(Flanneld daemon, string file) =>
        daemon.Host.RunAsync($"{Path.Combine(Path.GetDirectoryName(Flanneld.Binary)!, "flannelctl")} docker-opts -f {daemon.SubnetFile} -d {file}");
}
